//! The resources of one behaviour: [`World`].

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Subject;
use super::event::{SUITE_TESTED, SuiteData, SuiteTested};
use crate::bus::{
    Backend, Batch, Consumer, ConsumerSettings, Delivery, EntryId, EventConsumer, Message, Promises,
    RetryPolicy, RunningConsumer, Subscription, Topic,
};
use crate::sync::lock;
use crate::{BoxError, Connection};

/// The claim time. Long for a busy machine, short for a test.
pub(super) const IDLE: Duration = Duration::from_millis(1500);
/// The timeout of every wait.
const DEADLINE: Duration = Duration::from_secs(60);

/// The topic, the groups and the events of one behaviour.
pub struct World<'a> {
    subject: &'a dyn Subject,
    backend: Arc<dyn Backend>,
    behaviour: &'static str,
    run: String,
    pub(super) topic: Topic,
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("behaviour", &self.behaviour).finish_non_exhaustive()
    }
}

impl<'a> World<'a> {
    /// The world of a behaviour, with its own topics.
    pub fn new(subject: &'a dyn Subject, behaviour: &'static str) -> Self {
        let run = format!("{behaviour}-{}", Uuid::new_v4().simple());
        let topic = expect("a topic", Topic::new(&run));
        Self { subject, backend: subject.backend(), behaviour, run, topic }
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Another handle, as another process would have.
    pub(super) fn other_backend(&self) -> Arc<dyn Backend> {
        self.subject.backend()
    }

    pub(super) fn promises(&self) -> Promises {
        self.backend.promises()
    }

    pub(super) fn restart(&self) -> bool {
        self.subject.restart()
    }

    /// Prints why a behaviour is skipped.
    pub(super) fn skip_because(&self, why: &str) {
        println!("{}: skipped: {why}", self.behaviour);
    }

    /// A second topic of the behaviour.
    pub(super) fn second_topic(&self) -> Topic {
        expect("a topic", Topic::new(&format!("{}-second", self.run)))
    }

    pub(super) fn data(&self, key: &str, number: usize) -> SuiteData {
        SuiteData {
            run: self.run.clone(),
            key: key.to_owned(),
            number: i64::try_from(number).unwrap_or(i64::MAX),
            note: None,
        }
    }

    pub(super) fn message(&self, key: &str, number: usize) -> Message {
        let event = SuiteTested { suite: self.data(key, number) };
        expect("a message", Message::of_event(&event, &SUITE_TESTED.generate_metadata()))
    }

    /// Messages with these numbers, each with its own key.
    pub(super) fn messages(&self, numbers: std::ops::Range<usize>) -> Vec<Message> {
        numbers.map(|number| self.message(&format!("key-{number}"), number)).collect()
    }

    pub(super) fn publish(&self, messages: &[Message]) {
        self.publish_to(&self.topic, messages);
    }

    pub(super) fn publish_to(&self, topic: &Topic, messages: &[Message]) {
        let mut producer = expect("a producer", self.backend.producer());
        expect("published", producer.publish(topic, messages));
    }

    pub(super) fn subscription(&self, group: &str, consumer: &str) -> Subscription {
        Subscription { claim_after: IDLE, ..Subscription::new(self.topic.clone(), group, consumer) }
    }

    pub(super) fn consumer(&self, group: &str, consumer: &str) -> Box<dyn Consumer> {
        expect("a consumer", self.other_backend().consumer(&self.subscription(group, consumer)))
    }

    /// Starts an [`EventConsumer`] under this name.
    pub(super) fn start(&self, group: &str, name: &str, settings: ConsumerSettings) -> RunningConsumer {
        let consumer = EventConsumer::new(self.other_backend(), group).name(name).topic(self.topic.clone());
        expect("a running consumer", consumer.settings(settings).start())
    }

    /// The name of a closure, unique among the behaviours that run at the same time.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{name} of {}", self.run)
    }

    /// Calls a closure for each event of this behaviour.
    pub(super) fn receive(
        &self,
        name: &str,
        receiver: impl Fn(&SuiteData) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Connection {
        let run = self.run.clone();
        SUITE_TESTED.connect(self.name(name), move |event, _| {
            if event.suite.run == run { receiver(&event.suite) } else { Ok(()) }
        })
    }

    /// Collects the events of this behaviour.
    pub(super) fn keep(&self) -> Kept {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let connection = self.receive("keep", move |data| {
            lock(&kept).push(data.clone());
            Ok(())
        });
        Kept { seen, _connection: connection }
    }
}

/// The events that have arrived.
pub(super) struct Kept {
    seen: Arc<Mutex<Vec<SuiteData>>>,
    _connection: Connection,
}

impl Kept {
    pub(super) fn all(&self) -> Vec<SuiteData> {
        lock(&self.seen).clone()
    }

    pub(super) fn numbers(&self) -> BTreeSet<i64> {
        lock(&self.seen).iter().map(|data| data.number).collect()
    }
}

/// Settings for a quick test.
pub(super) fn quick() -> ConsumerSettings {
    ConsumerSettings {
        claim_after: IDLE,
        heartbeat: IDLE / 5,
        allow_no_receivers: true,
        retry: RetryPolicy {
            max_attempts: 3,
            initial_backoff: Duration::from_millis(5),
            max_backoff: Duration::from_millis(20),
        },
        ..ConsumerSettings::default()
    }
}

/// The value, or a failed test.
#[track_caller]
pub(super) fn expect<T, E: fmt::Display>(what: &str, result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}

/// Waits until the condition holds.
#[track_caller]
pub(super) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Reads until this number of entries has arrived.
#[track_caller]
pub(super) fn read(consumer: &dyn Consumer, count: usize) -> Vec<Delivery> {
    let (start, mut deliveries) = (Instant::now(), Vec::new());
    while deliveries.len() < count {
        assert!(start.elapsed() < DEADLINE, "{} of {count} entries arrived", deliveries.len());
        deliveries
            .extend(read_once(consumer, count - deliveries.len(), Duration::from_millis(200)).deliveries);
    }
    deliveries
}

/// Claims this number of entries. Reads as well, since some backends claim when they read.
#[track_caller]
pub(super) fn claim(consumer: &dyn Consumer, count: usize) -> Vec<Delivery> {
    let (start, mut deliveries) = (Instant::now(), Vec::new());
    while deliveries.len() < count {
        assert!(start.elapsed() < DEADLINE, "{} of {count} entries arrived", deliveries.len());
        deliveries.extend(expect("claimed", consumer.claim(count - deliveries.len())).deliveries);
        let left = count - deliveries.len();
        if left > 0 {
            deliveries.extend(read_once(consumer, left, Duration::from_millis(50)).deliveries);
        }
    }
    deliveries
}

#[track_caller]
pub(super) fn read_once(consumer: &dyn Consumer, max: usize, wait: Duration) -> Batch {
    expect("read", consumer.read(max, wait, &[]))
}

pub(super) fn entries(deliveries: &[Delivery]) -> Vec<EntryId> {
    deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}
