//! The resources of one behaviour: [`World`].

use std::collections::BTreeSet;
use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::Subject;
use super::event::{SUITE_TESTED, SuiteData, SuiteTested};
use super::watched::{Leaks, Watched};
use crate::bus::{
    Backend, Batch, BusError, Consumer, ConsumerSettings, Delivery, EntryId, EventConsumer, Message,
    Promises, RetryPolicy, RunningConsumer, Subscription, Topic,
};
use crate::random;
use crate::sync::lock;
use crate::{BoxError, Connection};

/// The claim time. Long for a busy machine, short for a test.
pub(super) const IDLE: Duration = Duration::from_millis(1500);
/// How long a consumer may take to stop.
pub(super) const DRAIN: Duration = Duration::from_secs(30);

/// The topic, the groups and the events of one behaviour.
pub struct World<'a> {
    subject: &'a dyn Subject,
    backend: Arc<dyn Backend>,
    leaks: Arc<Leaks>,
    /// The timeout of every wait.
    pub(super) timeout: Duration,
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
    /// Tests a behaviour, in topics of its own.
    ///
    /// # Panics
    ///
    /// The backend does not behave so, or one of its errors shows a secret.
    pub fn test(subject: &'a dyn Subject, name: &'static str, behaviour: impl FnOnce(&Self)) {
        let world = Self::new(subject, name);
        behaviour(&world);
        world.leaks.assert_none();
    }

    fn new(subject: &'a dyn Subject, behaviour: &'static str) -> Self {
        let (high, low) = random::bits();
        let run = format!("{behaviour}-{high:016x}{low:016x}");
        let topic = expect("a topic", Topic::new(&run));
        let leaks = Arc::new(Leaks::of(subject.secrets()));
        let backend = Watched::handle(subject.backend(), &leaks);
        Self { subject, backend, leaks, timeout: subject.timeout(), behaviour, run, topic }
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Another handle, as another process would have.
    pub(super) fn other_backend(&self) -> Arc<dyn Backend> {
        Watched::handle(self.subject.backend(), &self.leaks)
    }

    /// A handle whose storage cannot be reached.
    pub(super) fn unreachable(&self) -> Option<Arc<dyn Backend>> {
        Some(Watched::handle(self.subject.unreachable()?, &self.leaks))
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
        self.subscribe(&self.subscription(group, consumer))
    }

    pub(super) fn subscribe(&self, subscription: &Subscription) -> Box<dyn Consumer> {
        expect("a consumer", self.other_backend().consumer(subscription))
    }

    /// Asks for a consumer until the backend can tell whether the name is free.
    pub(super) fn try_subscribe(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let start = Instant::now();
        loop {
            match self.other_backend().consumer(subscription) {
                Err(error) if error.is_transient() && start.elapsed() < self.timeout => {
                    thread::sleep(Duration::from_millis(20));
                }
                result => break result,
            }
        }
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

    /// Waits until the condition holds.
    #[track_caller]
    pub(super) fn wait_until(&self, what: &str, condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < self.timeout, "waited too long until {what}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Makes a call, which must end by itself: it neither hangs nor panics.
    #[track_caller]
    pub(super) fn in_time<T: Send + 'static>(
        &self,
        what: &str,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let (sender, result) = mpsc::channel();
        // Not a scoped thread: it would be waited for.
        let name = thread::current().name().unwrap_or(self.behaviour).to_owned();
        let spawned = thread::Builder::new().name(name).spawn(move || {
            // After the time nobody listens any more.
            let _ = sender.send(call());
        });
        expect("a thread", spawned);
        match result.recv_timeout(self.timeout / 2) {
            Ok(value) => value,
            Err(RecvTimeoutError::Timeout) => panic!("{what}: it does not end"),
            Err(RecvTimeoutError::Disconnected) => panic!("{what}: it panicked"),
        }
    }

    /// Reads until this number of entries has arrived.
    #[track_caller]
    pub(super) fn read(&self, consumer: &dyn Consumer, count: usize) -> Vec<Delivery> {
        let (start, mut deliveries) = (Instant::now(), Vec::new());
        while deliveries.len() < count {
            assert!(start.elapsed() < self.timeout, "{} of {count} entries arrived", deliveries.len());
            let left = count - deliveries.len();
            deliveries.extend(read_once(consumer, left, Duration::from_millis(200)).deliveries);
        }
        deliveries
    }

    /// Claims this number of entries. Reads as well, since some backends claim when they read.
    #[track_caller]
    pub(super) fn claim(&self, consumer: &dyn Consumer, count: usize) -> Vec<Delivery> {
        let (start, mut deliveries) = (Instant::now(), Vec::new());
        while deliveries.len() < count {
            assert!(start.elapsed() < self.timeout, "{} of {count} entries arrived", deliveries.len());
            deliveries.extend(expect("claimed", consumer.claim(count - deliveries.len())).deliveries);
            let left = count - deliveries.len();
            if left > 0 {
                deliveries.extend(read_once(consumer, left, Duration::from_millis(50)).deliveries);
            }
        }
        deliveries
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

#[track_caller]
pub(super) fn read_once(consumer: &dyn Consumer, max: usize, wait: Duration) -> Batch {
    expect("read", consumer.read(max, wait, &[]))
}

pub(super) fn entries(deliveries: &[Delivery]) -> Vec<EntryId> {
    deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}
