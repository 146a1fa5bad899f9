//! A topic on a backend that can fail, for tests whose receivers are closures.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openedx_events::bus::{
    Backend, ConsumerReport, ConsumerSettings, EventConsumer, Message, RunningConsumer, StopError, Topic,
};
use openedx_events::{BoxError, Connection, signal};
use openedx_events_tests::faulty::Faulty;

/// Sent when a tide has turned.
#[signal("org.example.sea.tide.turned.v1", key = place)]
pub(crate) struct TideTurned {
    /// Each test has a place of its own.
    place: String,
    number: i64,
}

pub(crate) const DRAIN: Duration = Duration::from_mins(1);

/// A topic with a backend, and receivers, of one test.
pub(crate) struct Sea {
    pub(crate) faulty: Faulty,
    place: &'static str,
}

impl Sea {
    /// No two tests have the same place: their receivers are in one process, and look at it.
    pub(crate) fn new(place: &'static str) -> Self {
        static PLACES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        let is_new = PLACES.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
        assert!(is_new, "another test is at the {place}");
        Self { faulty: Faulty::default(), place }
    }

    pub(crate) fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.faulty.clone())
    }

    pub(crate) fn topic(&self) -> Topic {
        Topic::new(self.place).expect("a topic")
    }

    /// Events with these numbers, each with a key of its own.
    pub(crate) fn publish(&self, numbers: std::ops::Range<i64>) {
        self.publish_keyed(numbers, |number| number);
    }

    /// Events with these numbers and keys.
    pub(crate) fn publish_keyed(&self, numbers: std::ops::Range<i64>, key: impl Fn(i64) -> i64) {
        let messages: Vec<_> = numbers
            .map(|number| {
                let event = TideTurned { place: format!("{} {}", self.place, key(number)), number };
                Message::of_event(&event, &TIDE_TURNED.generate_metadata()).expect("a message")
            })
            .collect();
        let mut producer = self.faulty.memory.producer().expect("memory");
        producer.publish(&self.topic(), &messages).expect("published");
    }

    pub(crate) fn receive(
        &self,
        receiver: impl Fn(i64) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Connection {
        self.receive_as(self.place, receiver)
    }

    /// The same under another name.
    pub(crate) fn receive_as(
        &self,
        name: &'static str,
        receiver: impl Fn(i64) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Connection {
        let place = self.place;
        TIDE_TURNED.connect(name, move |event, _| {
            if event.place.starts_with(place) { receiver(event.number) } else { Ok(()) }
        })
    }

    pub(crate) fn start(&self, settings: ConsumerSettings) -> RunningConsumer {
        self.consumer(settings).start().expect("started")
    }

    pub(crate) fn consumer(&self, settings: ConsumerSettings) -> EventConsumer {
        EventConsumer::new(self.backend(), "group").name("me").topic(self.topic()).settings(settings)
    }

    pub(crate) fn dead_letters(&self) -> usize {
        self.faulty.memory.browse(&self.topic().dead_letters(), None, 1000).expect("memory").len()
    }

    pub(crate) fn parked(&self) -> u64 {
        self.faulty.memory.groups(&self.topic()).expect("memory")[0].parked
    }

    pub(crate) fn pending(&self) -> u64 {
        self.faulty.memory.groups(&self.topic()).expect("memory")[0].pending
    }
}

pub(crate) fn quick() -> ConsumerSettings {
    let mut settings = ConsumerSettings::default();
    settings.allow_no_receivers = true;
    settings.retry.max_attempts = 3;
    settings.retry.initial_backoff = Duration::from_millis(2);
    settings.retry.max_backoff = Duration::from_millis(10);
    settings
}

pub(crate) fn code(result: Result<ConsumerReport, StopError>) -> u8 {
    result.err().map_or(0, |error| error.exit_code())
}
