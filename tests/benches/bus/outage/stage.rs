//! A topic with its producer and its consumer, and what was published.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::headers::ID;
use openedx_events::bus::{
    Backend, ConsumerReport, ConsumerSettings, DeadLetter, DeadLetterReason, EventConsumer, Message,
    Producer, RunningConsumer, Topic,
};
use openedx_events::learning::signals::{COURSE_ENROLLMENT_CHANGED, CourseEnrollmentChanged};

use super::receivers::{BAD, GOOD};
use crate::events;
use crate::raw::GROUP;

/// Far more than a scenario needs.
const TIMEOUT: Duration = Duration::from_mins(10);
const PAUSE: Duration = Duration::from_millis(20);

/// What is published at once.
const AT_ONCE: usize = 1000;

pub(super) struct Stage {
    backend: Arc<dyn Backend>,
    topic: Topic,
    producer: Box<dyn Producer>,
    /// By number.
    pub(super) published: Vec<Published>,
    consumer: Option<RunningConsumer>,
    reports: Vec<ConsumerReport>,
}

pub(super) struct Published {
    pub(super) at: Instant,
    pub(super) key: usize,
    id: Box<[u8]>,
}

/// A dead letter: of which event, and why.
pub(super) struct Letter {
    pub(super) number: usize,
    pub(super) reason: DeadLetterReason,
}

impl Stage {
    /// With a topic of its own.
    pub(super) fn new(backend: &Arc<dyn Backend>) -> Self {
        static TOPICS: AtomicU32 = AtomicU32::new(0);

        let topic = format!("outage-{}", TOPICS.fetch_add(1, Ordering::Relaxed));
        for runs in [&GOOD, &BAD] {
            runs.take();
        }
        Self {
            backend: Arc::clone(backend),
            topic: Topic::new(&topic).expect("a topic"),
            producer: backend.producer().expect("a producer"),
            published: Vec::new(),
            consumer: None,
            reports: Vec::new(),
        }
    }

    /// Publishes this many events, with the keys in turn from the first one on. The time of publishing is when it begins.
    pub(super) fn publish(&mut self, count: usize, first_key: usize, keys: usize) {
        for first in (0..count).step_by(AT_ONCE) {
            let numbers = first..count.min(first + AT_ONCE);
            let next = self.published.len();
            let keys: Vec<_> = numbers.map(|number| first_key + (next + number - first) % keys).collect();
            let messages: Vec<_> =
                keys.iter().zip(next..).map(|(key, number)| message(*key, number)).collect();
            let at = Instant::now();
            self.producer.publish(&self.topic, &messages).expect("published");
            let published = keys.iter().zip(&messages).map(|(key, message)| {
                let id = message.header(ID).expect("it has one").into();
                Published { at, key: *key, id }
            });
            self.published.extend(published);
        }
    }

    /// Publishes at a steady rate until `is_over`.
    pub(super) fn publish_steadily(
        &mut self,
        rate: u32,
        first_key: usize,
        keys: usize,
        mut is_over: impl FnMut(&Self, u32) -> bool,
    ) {
        let start = Instant::now();
        let mut count = 0;
        while !is_over(self, count) {
            thread::sleep((Duration::from_secs(1) * count / rate).saturating_sub(start.elapsed()));
            self.publish(1, first_key, keys);
            count += 1;
        }
    }

    pub(super) fn consume(&mut self, settings: ConsumerSettings) {
        self.stop();
        let consumer = EventConsumer::new(Arc::clone(&self.backend), GROUP).name("ours");
        let consumer = consumer.topic(self.topic.clone()).settings(settings);
        self.consumer = Some(consumer.start().expect("started"));
    }

    pub(super) fn stop(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            self.reports.push(consumer.stop(Duration::from_mins(1)).expect("stopped"));
        }
    }

    /// Of all consumers that were stopped.
    pub(super) fn total(&self, of_report: impl Fn(&ConsumerReport) -> u64) -> u64 {
        self.reports.iter().map(of_report).sum()
    }

    /// The number of events that wait in the topic, read or not, and of those that are parked.
    pub(super) fn waiting(&self) -> (u64, u64) {
        let groups = self.backend.groups(&self.topic).expect("groups");
        let group = groups.first().expect("the group");
        (group.pending + group.lag.expect("it is known"), group.parked)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting() == (0, 0)
    }

    pub(super) fn letters(&self) -> Vec<Letter> {
        let numbers: HashMap<_, _> =
            self.published.iter().zip(0..).map(|(event, number)| (&*event.id, number)).collect();
        let (mut letters, mut after) = (Vec::new(), None);
        loop {
            let page = self.backend.browse(&self.topic.dead_letters(), after.as_ref(), 100).expect("browsed");
            let Some(last) = page.last() else { return letters };
            after = Some(last.entry.clone());
            letters.extend(page.iter().map(|letter| Letter {
                number: numbers[letter.message.header(ID).expect("it has one")],
                reason: DeadLetter::read(&letter.message).expect("a dead letter").reason,
            }));
        }
    }
}

fn message(key: usize, number: usize) -> Message {
    let mut enrollment = events::event(key).enrollment;
    enrollment.user.id = i64::try_from(number).expect("not that many");
    let metadata = COURSE_ENROLLMENT_CHANGED.generate_metadata();
    Message::of_event(&CourseEnrollmentChanged { enrollment }, &metadata).expect("it has a form on the wire")
}

/// Waits for something, and returns how long it took.
pub(super) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < TIMEOUT, "{what}: not after {TIMEOUT:?}");
        thread::sleep(PAUSE);
    }
    start.elapsed()
}
