//! A bus in memory, with events and webhooks of one test: [`World`].

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    self, Backend, BusSettings, ConsumerSettings, Message, RetryPolicy, RunningConsumer, Secret, Topic,
    WebhookForm, WebhookSettings, Webhooks,
};
use openedx_events::learning::data::{UserData, UserPersonalData};
use openedx_events::learning::signals::{STUDENT_REGISTRATION_COMPLETED, StudentRegistrationCompleted};
use openedx_events::{DeliveryPolicy, EventsMetadata};
use tempfile::TempDir;

use crate::server::Server;

pub(crate) const DRAIN: Duration = Duration::from_mins(1);
/// The topic of all events.
pub(crate) const TOPIC: &str = "learners";
/// The name that is personal, and occurs nowhere else.
pub(crate) const NAME: &str = "Zephyrine";
/// A signing secret: 24 bytes.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) struct World {
    pub(crate) bus: Arc<dyn Backend>,
    pub(crate) folder: TempDir,
}

/// A registration of the learner with this number.
pub(crate) fn registration(number: i64) -> StudentRegistrationCompleted {
    let pii = UserPersonalData::builder()
        .username(format!("{NAME}-{number}"))
        .email("zephyrine@example.com")
        .name(format!("{NAME} & Söhne"))
        .build();
    StudentRegistrationCompleted { user: UserData::builder().pii(pii).id(number).is_active(true).build() }
}

impl World {
    pub(crate) fn new() -> Self {
        Self { bus: Arc::new(Memory::new()), folder: TempDir::new().expect("a folder") }
    }

    pub(crate) fn topic() -> Topic {
        Topic::new(TOPIC).expect("a topic")
    }

    /// Publishes registrations of learners with these numbers, and returns their metadata.
    pub(crate) fn publish(&self, numbers: std::ops::Range<i64>) -> Vec<EventsMetadata> {
        publish(&self.bus, numbers)
    }

    /// A webhook to this URL without a signature, which is retried quickly.
    pub(crate) fn webhook(url: &str) -> WebhookSettings {
        let delivery = DeliveryPolicy::new()
            .max_attempts(3)
            .initial_backoff(Duration::from_millis(5))
            .max_backoff(Duration::from_millis(20));
        WebhookSettings::new(Secret::Text(url.to_owned()))
            .events(["org.openedx.learning.student.*"])
            .topics([TOPIC])
            .allow_private(true)
            .delivery(delivery)
    }

    /// A file with a secret.
    pub(crate) fn secret(&self, name: &str, text: &str) -> Secret {
        let path = self.folder.path().join(name);
        std::fs::write(&path, format!("{text}\n")).expect("a file");
        Secret::File(path)
    }

    pub(crate) fn signed(&self, server: &Server, form: WebhookForm) -> WebhookSettings {
        Self::webhook(&server.url()).form(form).secrets([self.secret("secret", SECRET)])
    }

    /// Settings with this webhook.
    pub(crate) fn settings(webhook: WebhookSettings) -> BusSettings {
        let retry = RetryPolicy::new()
            .initial_backoff(Duration::from_millis(5))
            .max_backoff(Duration::from_millis(20));
        let consumer = ConsumerSettings::new().consumer_name("me".to_owned()).retry(retry);
        BusSettings::new().consumer(consumer).webhook("crm", webhook)
    }

    /// Starts the only webhook.
    pub(crate) fn start(&self, webhook: WebhookSettings) -> RunningConsumer {
        let webhooks = Webhooks::new(&Self::settings(webhook)).expect("webhooks");
        let consumer = webhooks.consumers(&self.bus).into_iter().next().expect("one webhook");
        consumer.start().expect("started")
    }

    pub(crate) fn dead_letters(&self) -> Vec<bus::Delivery> {
        self.bus.browse(&Self::topic().dead_letters(), None, 1000).expect("memory")
    }

    /// The text of the only dead letter.
    pub(crate) fn dead_letter(&self) -> String {
        let letters = self.dead_letters();
        assert_eq!(letters.len(), 1);
        let letter = bus::DeadLetter::read(&letters[0].message).expect("a letter");
        letter.failures[0].error.clone()
    }
}

/// Publishes registrations of learners with these numbers on a bus.
pub(crate) fn publish(bus: &Arc<dyn Backend>, numbers: std::ops::Range<i64>) -> Vec<EventsMetadata> {
    let (mut messages, mut all) = (Vec::new(), Vec::new());
    for number in numbers {
        let metadata = STUDENT_REGISTRATION_COMPLETED.generate_metadata();
        messages.push(Message::of_event(&registration(number), &metadata).expect("a message"));
        all.push(metadata);
    }
    bus.producer().expect("a producer").publish(&World::topic(), &messages).expect("published");
    all
}
