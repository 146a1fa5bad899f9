//! Six ways in which upstream's bus on Redis loses events, and what happens to them here. Some tests do the same with
//! upstream's consumer or producer, to show the loss there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{ConsumerSettings, EventConsumer, Message, StartAt, StopError, Subscription};
use openedx_events::learning::signals::{COURSE_ENROLLMENT_CREATED, CourseEnrollmentCreated};
use openedx_events::{AnySignal, EventsMetadata};
use openedx_events_tests::random::Random;
use openedx_events_tests::wait_until;
use serde_json::json;

use crate::receiving::{draw, on_event, with_metadata};
use crate::sending::send;
use crate::sides::{SEED, Sides, TIMEOUT, full};
use crate::upstream::arguments;

/// Makes events of one signal, and counts how often each is received here.
pub(crate) struct Events(Random);

/// An event that was published.
pub(crate) struct Published {
    metadata: EventsMetadata,
    /// The number of times that a receiver of this program received it.
    times: Arc<AtomicU32>,
}

impl Events {
    /// `test` is a number of its own for each.
    pub(crate) fn new(test: u64) -> Self {
        Self(Random::new(SEED.wrapping_add(test)))
    }

    /// Publishes some.
    pub(crate) fn publish(&mut self, sides: &Sides, topic: &str, count: usize) -> Vec<Published> {
        self.publish_failing(sides, topic, count, 0)
    }

    /// Publishes some, on which the receiver here fails this many times.
    fn publish_failing(&mut self, sides: &Sides, topic: &str, count: usize, failures: u32) -> Vec<Published> {
        let signal: &dyn AnySignal = &COURSE_ENROLLMENT_CREATED;
        let mut messages = Vec::new();
        let mut published = Vec::new();
        for _ in 0..count {
            let (_, event) = draw(&mut self.0, signal);
            let metadata = self.0.metadata(signal.event_type());
            messages.push(Message::of_event(&*event, &metadata).expect("a message"));
            let times = Arc::new(AtomicU32::new(0));
            let counted = Arc::clone(&times);
            on_event(&metadata, move |event, _| {
                assert!(event.as_any().is::<CourseEnrollmentCreated>());
                let earlier = counted.fetch_add(1, Ordering::Relaxed);
                if earlier < failures { Err("asked to fail".to_owned()) } else { Ok(()) }
            });
            published.push(Published { metadata, times });
        }
        sides.bus().producer().expect("a producer").publish(&full(topic), &messages).expect("published");
        published
    }
}

/// The number of times that each was received here, which must be the same.
pub(crate) fn outcome(events: &[Published]) -> u32 {
    let times: Vec<_> = events.iter().map(|event| event.times.load(Ordering::Relaxed)).collect();
    assert!(times.iter().all(|each| *each == times[0]), "{times:?}");
    times[0]
}

/// Upstream: lost. Its consumer sets the cursor of its group behind the last entry when it starts.
#[test]
fn events_published_while_the_consumer_is_down_are_delivered_later() {
    let Some(sides) = Sides::start() else { return };
    let mut events = Events::new(10);
    let consumer = sides.consume("down", "rust");
    let mut upstream = sides.upstream();
    upstream.consume(&arguments("down", "python", "one", false), false);
    let before = events.publish(&sides, "down", 2);
    wait_until("they are done", || consumer.report().done == 2);
    consumer.stop(TIMEOUT).expect("it stops");
    for event in &before {
        assert_eq!(upstream.received().metadata, event.metadata);
    }
    // Otherwise the last one would be redelivered.
    wait_until("Python has acknowledged them", || sides.pending("down", "python") == 0);
    drop(upstream);

    let meanwhile = events.publish(&sides, "down", 2);
    let consumer = sides.consume("down", "rust");
    wait_until("they are done", || consumer.report().done == 2);
    let mut upstream = sides.upstream();
    upstream.consume(&arguments("down", "python", "one", false), false);
    let after = events.publish(&sides, "down", 1);
    wait_until("the last is done", || consumer.report().done == 3);
    consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!([outcome(&before), outcome(&meanwhile), outcome(&after)], [1; 3]);
    assert_eq!(upstream.received().metadata, after[0].metadata, "Python received only the later ones");
}

/// Upstream: entries that the group has not read are lost. The joining consumer moves the cursor of the group.
#[test]
fn a_second_consumer_that_joins_leaves_the_group_its_backlog() {
    let Some(sides) = Sides::start() else { return };
    let mut events = Events::new(11);
    // A consumer that has its group, and reads nothing.
    let first =
        sides.bus().consumer(&Subscription::new(full("joined"), "rust", "first")).expect("it is made");
    let mut upstream = sides.upstream();
    upstream.construct(&arguments("joined", "python", "first", true));
    let backlog = events.publish(&sides, "joined", 5);

    let second = sides.consume("joined", "rust");
    wait_until("the backlog is done", || second.report().done == 5);
    upstream.consume(&arguments("joined", "python", "second", false), false);
    let after = events.publish(&sides, "joined", 1);
    wait_until("the last is done", || second.report().done == 6);
    second.stop(TIMEOUT).expect("it stops");
    drop(first);
    assert_eq!([outcome(&backlog), outcome(&after)], [1; 2]);
    assert_eq!(upstream.received().metadata, after[0].metadata, "Python has come to know the backlog");
}

/// Upstream: the receiver is called once, and the entry is acknowledged all the same.
#[test]
fn an_event_whose_receiver_fails_is_retried() {
    let Some(sides) = Sides::start() else { return };
    let mut upstream = sides.upstream();
    upstream.consume(&arguments("failing", "python", "one", true), true);
    let mut settings = ConsumerSettings::default();
    settings.retry.initial_backoff = Duration::from_millis(5);
    let consumer = sides.consumer_with("failing", "rust", settings).start().expect("it starts");
    let mut events = Events::new(12);
    let failing = events.publish_failing(&sides, "failing", 1, 2);
    let fine = events.publish(&sides, "failing", 1);
    wait_until("both are done", || consumer.report().done == 2);
    let report = consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!((report.failed_attempts, report.dead_letters()), (2, 0), "{report:?}");
    assert_eq!([outcome(&failing), outcome(&fine)], [3, 1]);
    assert_eq!(sides.pending("failing", "rust"), 0);

    for event in failing.iter().chain(&fine) {
        assert_eq!(upstream.received().metadata, event.metadata, "Python calls its receiver again");
    }
    wait_until("Python has acknowledged both", || sides.pending("failing", "python") == 0);
}

/// Upstream: the remaining pending entries are never redelivered. It takes the removed one for the end.
#[test]
fn a_trimmed_pending_entry_does_not_block_the_others() {
    let Some(sides) = Sides::start() else { return };
    let mut events = Events::new(13);
    let mut client = sides.server.client();
    let pending = events.publish(&sides, "trimmed", 4);
    let bus = sides.bus();
    let topic = full("trimmed");
    for (group, name) in [("rust", "rust"), ("python", "one")] {
        // Read by a process that has ended since.
        bus.create_group(&topic, group, StartAt::Earliest).expect("it is made");
        redis::cmd("XREADGROUP")
            .arg(&["GROUP", group, name, "STREAMS", topic.as_str(), ">"])
            .exec(&mut client)
            .expect("it is read");
        assert_eq!(sides.pending("trimmed", group), 4);
    }
    redis::cmd("XTRIM").arg(&[topic.as_str(), "MAXLEN", "3"]).exec(&mut client).expect("it is trimmed");

    let consumer = sides.consume("trimmed", "rust");
    wait_until("the others are done", || consumer.report().done == 3);
    let mut upstream = sides.upstream();
    upstream.consume(&arguments("trimmed", "python", "one", true), false);
    let after = events.publish(&sides, "trimmed", 1);
    wait_until("the last is done", || consumer.report().done == 4);
    let report = consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!(report.trimmed, 1, "{report:?}");
    assert_eq!([outcome(&pending[..1]), outcome(&pending[1..]), outcome(&after)], [0, 1, 1]);
    assert_eq!(sides.pending("trimmed", "rust"), 0);

    assert_eq!(upstream.received().metadata, after[0].metadata, "Python goes on with what is pending");
    wait_until("Python has acknowledged it", || sides.pending("trimmed", "python") == 4);
}

/// Upstream: the event is lost. The send succeeds, and there is only a line in the log.
#[test]
fn events_sent_while_redis_is_down_are_published_when_it_is_back() {
    let Some(mut sides) = Sides::start() else { return };
    let mut random = Random::new(SEED.wrapping_add(14));
    let mut upstream = sides.upstream();
    let producing = sides.produce("outage");
    sides.server.kill();
    let (record, event) = draw(&mut random, &COURSE_ENROLLMENT_CREATED);
    let (sender, metadata) = std::sync::mpsc::channel();
    let responses = with_metadata(
        move |metadata| sender.send(metadata.clone()).expect("it is waited for"),
        || send(event),
    );
    assert!(responses.is_ok(), "{responses}");
    let metadata = metadata.recv().expect("metadata");
    upstream.produce("outage-python", &[(&record, &metadata)]);
    wait_until("the producer has tried", || producing.producer.report().failed_attempts > 0);

    sides.server.restart();
    assert_eq!(producing.finish().published, 1);
    let entries = |topic| sides.bus().browse(&full(topic), None, 10).expect("the server answers");
    let published = entries("outage");
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].message.metadata("").expect("metadata"), metadata);
    assert_eq!(entries("outage-python").len(), 0, "Python has kept it");
    assert!(upstream.log.iter().any(|line| line.contains("Error delivering message")), "{:?}", upstream.log);
}

/// Upstream: the management command ends as if all were well, with the exit code 0.
#[test]
fn consuming_does_not_start_well_without_redis() {
    let Some(mut sides) = Sides::start() else { return };
    let mut upstream = sides.upstream();
    let bus = Arc::new(Redis::open(&sides.server.url()).expect("the address is right"));
    sides.server.kill();
    let mut settings = ConsumerSettings::default();
    settings.start_timeout = Duration::from_millis(200);
    let consumer = EventConsumer::new(bus, "rust").topic(full("nowhere")).settings(settings);
    let error = consumer.start().expect_err("there is no server");
    assert!(matches!(error, StopError::Bus(_)), "{error}");
    assert_eq!(error.exit_code(), 3);

    let extra = json!({ "consumer_name": "one" }).to_string();
    upstream.consume_events(&json!({ "topic": ["nowhere"], "group_id": ["python"], "extra": extra }));
    assert_eq!(upstream.log, ["Error consuming events"], "Python says nothing to its caller");
}
