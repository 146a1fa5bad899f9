//! A bus with one topic, for tests whose receivers are functions.
//!
//! Every test has a signal and a bus of its own. Pauses are random, so no test measures one: a pause that must not end
//! lasts years, one that must end lasts milliseconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Backend as _, ConsumerReport, ConsumerSettings, Delivery, EventConsumer, Message, RunningConsumer,
    StopError, Topic,
};
use openedx_events::{Event, Signal};
use openedx_events_tests::{DEADLINE, wait_until};

/// The number of runs of a receiver.
pub(crate) struct Runs(AtomicU32);

impl Runs {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Counts one more and returns the number before.
    pub(crate) fn add(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A bus with one topic.
pub(crate) struct Bus {
    pub(crate) memory: Memory,
    pub(crate) topic: Topic,
}

impl Bus {
    /// Contains these events.
    pub(crate) fn with<E: Event>(signal: &'static Signal<E>, events: &[E]) -> Self {
        let bus = Self { memory: Memory::new(), topic: Topic::new("policies").expect("a topic") };
        for event in events {
            bus.publish(&message(signal, event));
        }
        bus
    }

    pub(crate) fn publish(&self, message: &Message) {
        let mut producer = self.memory.producer().expect("a producer");
        producer.publish(&self.topic, std::slice::from_ref(message)).expect("published");
    }

    pub(crate) fn try_consume(&self, settings: ConsumerSettings) -> Result<RunningConsumer, StopError> {
        let bus = Arc::new(self.memory.clone());
        EventConsumer::new(bus, "group").topic(self.topic.clone()).settings(settings).start()
    }

    pub(crate) fn consume(&self, settings: ConsumerSettings) -> RunningConsumer {
        self.try_consume(settings).expect("a running consumer")
    }

    /// Consumes until the condition holds.
    pub(crate) fn consume_until(
        &self,
        settings: ConsumerSettings,
        until: impl Fn(&ConsumerReport) -> bool,
    ) -> ConsumerReport {
        let consumer = self.consume(settings);
        wait_until("the events are done or dead-lettered", || until(&consumer.report()));
        consumer.stop(DEADLINE).expect("stopped")
    }

    /// The receivers named in the dead letters, each with its number of attempts.
    pub(crate) fn given_up(&self) -> Vec<(String, String)> {
        let dead_letters = self.memory.browse(&self.topic.dead_letters(), None, 100).expect("dead letters");
        let mut all: Vec<_> = dead_letters.iter().flat_map(given_up).collect();
        all.sort();
        all
    }
}

fn given_up(dead_letter: &Delivery) -> Vec<(String, String)> {
    let all = |name: &str| -> Vec<String> {
        let headers = dead_letter.message.headers.iter().filter(|header| *header.name == *name.as_bytes());
        headers.map(|header| String::from_utf8_lossy(&header.value).into_owned()).collect()
    };
    all("dlq_receiver").into_iter().zip(all("dlq_attempts")).collect()
}

pub(crate) fn message<E: Event>(signal: &'static Signal<E>, event: &E) -> Message {
    Message::of_event(event, &signal.generate_metadata()).expect("a message")
}

/// Pauses are too short to slow a test down.
pub(crate) fn settings() -> ConsumerSettings {
    let mut settings = ConsumerSettings::default();
    settings.retry.initial_backoff = Duration::from_millis(1);
    settings.retry.max_backoff = Duration::from_millis(2);
    settings
}
