//! The examples of `docs/how-to/use-the-event-bus.md` run with this: the page's own settings, and a bus in memory.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{
    self, Backend, BusSettings, ConsumerSettings, EventConsumer, Header, Message, Topic,
};
use openedx_events::learning::data::{UserData, UserPersonalData};
use openedx_events::learning::signals::{STUDENT_REGISTRATION_COMPLETED, StudentRegistrationCompleted};

const PAGE: &str = include_str!("../../docs/how-to/use-the-event-bus.md");

/// The topic of the page, with its prefix.
///
/// # Panics
///
/// It is invalid.
pub fn topic() -> Topic {
    Topic::new("dev-registrations").expect("a name")
}

/// The settings in the page's file and in its environment variables, with this URL.
///
/// # Panics
///
/// They are invalid.
pub fn settings(url: &str) -> BusSettings {
    let file = block("toml\nEVENT_BUS_URL");
    let variables = block("sh\nexport ").lines().map(|line| {
        let (name, value) = line.trim_start_matches("export ").split_once('=').expect("a variable");
        (name.to_owned(), value.trim_matches('\'').to_owned())
    });
    let address = ("EVENT_BUS_URL".to_owned(), url.to_owned());
    let layers = BusSettings::layers().toml("events.toml", file).variables(variables).variables([address]);
    layers.read().unwrap_or_else(|error| panic!("{error}"))
}

/// The block that starts with this line.
fn block(start: &str) -> &'static str {
    let found = PAGE.find(&format!("```{start}")).expect("the page has the block");
    let text = PAGE[found..].split_once('\n').expect("it has lines").1;
    text.split_once("```").expect("it ends").0
}

/// Publishes an event to the page's topic.
///
/// # Panics
///
/// It fails.
pub fn publish(url: &str) {
    let message = Message::of_event(&registration(), &STUDENT_REGISTRATION_COMPLETED.generate_metadata());
    publish_message(&*open(url), message.expect("a message"));
}

/// An event of the page.
pub fn registration() -> StudentRegistrationCompleted {
    let pii = UserPersonalData::builder().username("ada").email("ada@example.org").build();
    StudentRegistrationCompleted { user: UserData::builder().id(7).is_active(true).pii(pii).build() }
}

/// The messages of the page's topic.
///
/// # Panics
///
/// They cannot be read.
pub fn messages(url: &str) -> Vec<Message> {
    let entries = open(url).browse(&topic(), None, 100).expect("entries");
    entries.into_iter().map(|delivery| delivery.message).collect()
}

/// A bus with a dead letter of the page's topic.
///
/// # Panics
///
/// It cannot be created.
pub fn with_dead_letter(url: &str) -> Arc<dyn Backend> {
    let bus = open(url);
    let unknown =
        Message { headers: vec![Header::new("type", "org.example.gone.v1")], payload: Some(vec![1]) };
    publish_message(&*bus, unknown);
    let mut settings = ConsumerSettings::default();
    settings.allow_no_receivers = true;
    let consumer = EventConsumer::new(Arc::clone(&bus), "welcome").topic(topic()).settings(settings);
    let running = consumer.start().expect("a consumer");
    crate::wait_until("there is a dead letter", || running.report().unknown_types == 1);
    running.stop(Duration::from_secs(5)).expect("stopped");
    bus
}

fn open(url: &str) -> Arc<dyn Backend> {
    bus::open(url).expect("a bus")
}

fn publish_message(bus: &dyn Backend, message: Message) {
    bus.producer().expect("a producer").publish(&topic(), &[message]).expect("published");
}
