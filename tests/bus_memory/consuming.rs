//! The loop: what it does when the bus, a receiver or the program is at fault.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openedx_events::bus::{
    AckPolicy, Backend, ConsumerReport, ConsumerSettings, ErrorKind, EventConsumer, Message, MissingTopic,
    RunningConsumer, SCHEMA_FINGERPRINT, StopError, Topic, UnknownRelease,
};
use openedx_events::content_authoring::data::XBlockData;
use openedx_events::content_authoring::signals::{XBLOCK_DELETED, XblockDeleted};
use openedx_events::{BoxError, Connection, IntoEvent as _, Permanent, Skip, signal};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{logs, wait_until};

/// Sent when a tide has turned.
#[signal("org.example.sea.tide.turned.v1", key = place)]
struct TideTurned {
    /// Where; each test has places of its own.
    place: String,
    number: i64,
}

const DRAIN: Duration = Duration::from_mins(1);

/// A topic with a backend, and receivers, of one test.
struct Sea {
    faulty: Faulty,
    place: &'static str,
}

impl Sea {
    fn new(place: &'static str) -> Self {
        Self { faulty: Faulty::default(), place }
    }

    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.faulty.clone())
    }

    fn topic(&self) -> Topic {
        Topic::new(self.place).expect("a topic")
    }

    /// Events with these numbers, each with a key of its own.
    fn publish(&self, numbers: std::ops::Range<i64>) {
        let messages: Vec<_> = numbers
            .map(|number| {
                let event = TideTurned { place: format!("{} {number}", self.place), number };
                Message::of_event(&event, &TIDE_TURNED.generate_metadata()).expect("a message")
            })
            .collect();
        let mut producer = self.faulty.memory.producer().expect("memory");
        producer.publish(&self.topic(), &messages).expect("published");
    }

    fn receive(&self, receiver: impl Fn(i64) -> Result<(), BoxError> + Send + Sync + 'static) -> Connection {
        let place = self.place;
        TIDE_TURNED.connect(place, move |event, _| {
            if event.place.starts_with(place) { receiver(event.number) } else { Ok(()) }
        })
    }

    fn start(&self, settings: ConsumerSettings) -> RunningConsumer {
        self.consumer(settings).start().expect("started")
    }

    fn consumer(&self, settings: ConsumerSettings) -> EventConsumer {
        EventConsumer::new(self.backend(), "group").name("me").topic(self.topic()).settings(settings)
    }

    fn dead_letters(&self) -> usize {
        self.faulty.memory.browse(&self.topic().dead_letters(), None, 1000).expect("memory").len()
    }

    fn pending(&self) -> u64 {
        self.faulty.memory.groups(&self.topic()).expect("memory")[0].pending
    }
}

fn quick() -> ConsumerSettings {
    let mut settings = ConsumerSettings::default();
    settings.allow_no_receivers = true;
    settings.retry.max_attempts = 3;
    settings.retry.initial_backoff = Duration::from_millis(2);
    settings.retry.max_backoff = Duration::from_millis(10);
    settings
}

fn code(result: Result<ConsumerReport, StopError>) -> u8 {
    result.err().map_or(0, |error| error.exit_code())
}

#[test]
fn a_bus_that_is_lost_is_waited_for() {
    let sea = Sea::new("lost");
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let kept = Arc::clone(&seen);
    let count = move || seen.lock().unwrap_or_else(PoisonError::into_inner).len();
    let _connection = sea.receive(move |number| {
        kept.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        Ok(())
    });
    let consumer = sea.start(quick());
    sea.publish(0..100);
    wait_until("the first have come", || count() == 100);
    assert!(consumer.is_ready());
    sea.faulty.set_down(true);
    sea.publish(100..200);
    wait_until("it is seen to be lost", || !consumer.is_ready());
    sea.faulty.set_down(false);
    wait_until("the others have come", || count() == 200 && consumer.is_ready());
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.done, report.disconnects, report.dead_letters()), (200, 1, 0));
    assert_eq!(sea.pending(), 0);
}

#[test]
fn a_bus_that_stays_lost_ends_the_consumer_if_so_wanted() {
    let sea = Sea::new("stays-lost");
    let mut settings = quick();
    settings.reconnect_timeout = Some(Duration::from_millis(50));
    let consumer = sea.start(settings);
    sea.faulty.set_down(true);
    assert!(consumer.wait(DRAIN));
    assert_eq!(code(consumer.stop(DRAIN)), 3);
}

#[test]
fn a_bus_that_refuses_ends_the_consumer() {
    let sea = Sea::new("refuses");
    let consumer = sea.start(quick());
    sea.faulty.refuse();
    assert!(consumer.wait(DRAIN));
    assert!(!consumer.is_ready());
    let error = consumer.stop(DRAIN).expect_err("it ended by itself");
    assert_eq!((error.exit_code(), error.to_string().as_str()), (5, "the switch is off"));
}

#[test]
fn a_bus_that_is_not_there_is_waited_for_at_the_start() {
    let sea = Sea::new("not-there");
    sea.faulty.set_down(true);
    let mut settings = quick();
    settings.start_timeout = Duration::from_millis(100);
    let error = sea.consumer(settings).start().expect_err("it is not there");
    assert_eq!(error.exit_code(), 3);
    assert!(sea.faulty.attempts() > 1);

    let started = std::thread::scope(|scope| {
        let attempts = sea.faulty.attempts();
        let starting = scope.spawn(|| sea.consumer(quick()).start());
        wait_until("it was tried", || sea.faulty.attempts() > attempts);
        sea.faulty.set_down(false);
        starting.join().expect("no panic")
    });
    started.expect("it is there").stop(DRAIN).expect("stopped");
}

#[test]
fn too_many_dead_letters_in_a_row_end_the_consumer() {
    let sea = Sea::new("in-a-row");
    let _connection =
        sea.receive(|number| if number == 2 { Ok(()) } else { Err(Permanent::new("no").into()) });
    let mut settings = quick();
    settings.consecutive_errors_limit = Some(3);
    settings.workers = 1;
    // Two, one that is well, and three.
    sea.publish(0..10);
    let consumer = sea.start(settings);
    assert!(consumer.wait(DRAIN));
    let error = consumer.stop(DRAIN).expect_err("too many");
    assert!(matches!(error, StopError::TooManyErrors { in_a_row: 3.. }), "{error}");
    assert_eq!(error.exit_code(), 4);
    assert!(sea.dead_letters() >= 5);
}

/// The alarms about the topic: the number of dead letters in each.
fn alarms(topic: &str) -> Vec<String> {
    let told = logs::all().into_iter().filter(|record| record.field("topic") == topic);
    told.map(|record| record.field("dead_letters").to_owned()).filter(|number| !number.is_empty()).collect()
}

#[test]
fn many_dead_letters_are_told_at_the_number_and_at_each_doubling() {
    logs::collect();
    let sea = Sea::new("dead-letters-alarm");
    let _connection = sea.receive(|_| Err(Permanent::new("never").into()));
    // Those of others count too.
    let mut producer = sea.faulty.memory.producer().expect("memory");
    let others = vec![Message { headers: Vec::new(), payload: None }; 2];
    producer.publish(&sea.topic().dead_letters(), &others).expect("published");
    let mut settings = quick();
    // One after the other, so that each number is seen in its turn.
    settings.workers = 1;
    settings.dead_letters_alarm = Some(5);
    let consumer = sea.start(settings.clone());
    for (published, letters, told) in
        [(2, 4, vec![]), (1, 5, vec!["5"]), (4, 9, vec!["5"]), (12, 21, vec!["5", "10", "20"])]
    {
        let dead = consumer.report().dead;
        sea.publish(0..published);
        wait_until("they are dead", || consumer.report().dead == dead + published.unsigned_abs());
        assert_eq!(
            (sea.dead_letters(), alarms("dead-letters-alarm")),
            (letters, told.iter().map(ToString::to_string).collect())
        );
    }
    assert_eq!(consumer.stop(DRAIN).expect("stopped").dead_letters_alarms, 3);

    // Another process hears of it with its first one, unless it does not want to.
    for (alarm, count) in [(Some(5), 4), (None, 4)] {
        settings.dead_letters_alarm = alarm;
        let consumer = sea.start(settings.clone());
        sea.publish(0..2);
        wait_until("they are dead", || consumer.report().dead == 2);
        consumer.stop(DRAIN).expect("stopped");
        assert_eq!(alarms("dead-letters-alarm").len(), count);
    }
}

#[test]
fn a_receiver_that_hangs_ends_the_consumer_and_its_event_comes_again() {
    let sea = Sea::new("hangs");
    let release = Arc::new(AtomicBool::new(false));
    let (released, others) = (Arc::clone(&release), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&others);
    let _connection = sea.receive(move |number| {
        if number == 0 {
            wait_until("the test is over", || released.load(Ordering::Relaxed));
        }
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let mut settings = quick();
    settings.timeout = Some(Duration::from_millis(50));
    settings.stuck_after = Some(Duration::from_millis(400));
    sea.publish(0..20);
    let consumer = sea.start(settings);
    wait_until("the others are done", || others.load(Ordering::Relaxed) == 19);
    assert!(consumer.wait(DRAIN));
    assert!(!consumer.is_ready());
    assert_eq!(consumer.report().overdue, 1);
    let error = consumer.stop(DRAIN).expect_err("it is stuck");
    assert!(matches!(error, StopError::Stuck { .. }), "{error}");
    assert_eq!((error.exit_code(), sea.pending()), (5, 1));
    release.store(true, Ordering::Relaxed);
}

#[test]
fn a_deadline_that_passes_is_an_error_of_its_own() {
    let sea = Sea::new("deadline");
    let begun = Arc::new(AtomicBool::new(false));
    let release = Arc::new(AtomicBool::new(false));
    let (has_begun, released) = (Arc::clone(&begun), Arc::clone(&release));
    let _connection = sea.receive(move |_| {
        has_begun.store(true, Ordering::Relaxed);
        wait_until("the test is over", || released.load(Ordering::Relaxed));
        Ok(())
    });
    sea.publish(0..1);
    let consumer = sea.start(quick());
    wait_until("it has begun", || begun.load(Ordering::Relaxed));
    let error = consumer.stop(Duration::from_millis(20)).expect_err("it still runs");
    assert!(matches!(error, StopError::Unfinished { receivers: 1, .. }), "{error}");
    assert_eq!((error.exit_code(), sea.pending()), (6, 1));
    release.store(true, Ordering::Relaxed);
}

#[test]
fn an_event_stays_where_it_is_until_its_dead_letter_is_written() {
    let sea = Sea::new("letters");
    let _connection = sea.receive(|_| Err(Permanent::new("never").into()));
    sea.faulty.set_dead_letters_fail(true);
    sea.publish(0..1);
    let consumer = sea.start(quick());
    wait_until("it was tried", || sea.faulty.attempts() > 0);
    assert_eq!((sea.dead_letters(), sea.pending(), consumer.report().dead), (0, 1, 0));
    sea.faulty.set_dead_letters_fail(false);
    wait_until("it is buried", || consumer.report().dead == 1);
    let report = consumer.stop(DRAIN).expect("stopped");
    // The receiver was not run again for it.
    assert_eq!((report.failed_attempts, sea.dead_letters(), sea.pending()), (1, 1, 0));
}

#[test]
fn a_backlog_is_not_buried_while_everything_fails() {
    let sea = Sea::new("storm");
    let is_up = Arc::new(AtomicBool::new(false));
    let (up, runs) = (Arc::clone(&is_up), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&runs);
    let _connection = sea.receive(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        if up.load(Ordering::Relaxed) { Ok(()) } else { Err("the database is down".into()) }
    });
    let mut settings = quick();
    settings.batch = 10;
    sea.publish(0..2000);
    let consumer = sea.start(settings);
    wait_until("all in hand have failed often", || runs.load(Ordering::Relaxed) > 500);
    assert!(consumer.in_flight() < 2000, "reading goes on though everything fails");
    assert!(sea.dead_letters() <= 5, "{} dead letters", sea.dead_letters());
    is_up.store(true, Ordering::Relaxed);
    wait_until("all are done with", || {
        let report = consumer.report();
        report.done + report.dead == 2000
    });
    consumer.stop(DRAIN).expect("stopped");
    assert!(sea.dead_letters() <= 5, "{} dead letters", sea.dead_letters());
}

/// What fails is not the fault of a database that is down, as what comes behind it shows.
#[test]
fn events_that_never_work_do_not_hold_up_those_behind_them() {
    let sea = Sea::new("shoal");
    let _connection = sea.receive(|number| if number < 11 { Err("never works".into()) } else { Ok(()) });
    let mut settings = quick();
    settings.batch = 1;
    sea.publish(0..10);
    let consumer = sea.start(settings);
    wait_until("nothing works", || consumer.report().failed_attempts > 30);
    // A reading that was under way takes this one.
    sea.publish(10..11);
    wait_until("reading has paused", || consumer.in_flight() == 11);
    sea.publish(11..21);
    wait_until("what works is done, and the others are given up", || {
        let report = consumer.report();
        report.done == 10 && report.dead > 0
    });
    consumer.stop(DRAIN).expect("stopped");
}

#[test]
fn upstreams_acknowledging_can_be_had_by_name() {
    let sea = Sea::new("always");
    let _connection = sea.receive(|number| match number {
        0 => Err("fails".into()),
        1 => panic!("and panics"),
        _ => Ok(()),
    });
    let mut settings = quick();
    settings.ack_policy = AckPolicy::Always;
    sea.publish(0..5);
    let consumer = sea.start(settings);
    wait_until("all are acknowledged", || {
        let report = consumer.report();
        report.done + report.given_up == 5
    });
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.done, report.given_up, report.failed_attempts), (3, 2, 2));
    assert_eq!((sea.dead_letters(), sea.pending()), (0, 0));
}

#[test]
fn a_panic_is_one_failed_attempt_and_workers_live_on() {
    let sea = Sea::new("panics");
    let _connection = sea.receive(|number| if number == 0 { panic!("oh no") } else { Ok(()) });
    sea.publish(0..50);
    let consumer = sea.start(quick());
    wait_until("all are done with", || consumer.report().done == 49 && consumer.report().dead == 1);
    consumer.stop(DRAIN).expect("stopped");
    let topic = sea.topic().dead_letters();
    let letters = sea.faulty.memory.browse(&topic, None, 10).expect("memory");
    assert_eq!(letters[0].message.header("dlq_error"), Some(&b"panicked: oh no"[..]));
}

#[test]
fn a_receiver_may_skip() {
    let sea = Sea::new("skips");
    let _connection = sea.receive(|_| Err(Skip::new("not mine").into()));
    sea.publish(0..3);
    let consumer = sea.start(quick());
    wait_until("all are done", || consumer.report().done == 3);
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.skipped, report.failed_attempts, sea.dead_letters()), (3, 0, 0));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let sea = Sea::new("senseless");
    let refused = |change: fn(&mut ConsumerSettings)| {
        let mut settings = quick();
        change(&mut settings);
        let error = sea.consumer(settings).start().expect_err("it makes no sense");
        assert!(
            matches!(&error, StopError::Bus(error) if error.kind() == ErrorKind::Configuration),
            "{error}"
        );
        assert_eq!(error.exit_code(), 2);
    };
    refused(|settings| settings.workers = 0);
    refused(|settings| settings.batch = 0);
    refused(|settings| settings.max_in_flight = 0);
    refused(|settings| settings.retry.max_attempts = 0);
    refused(|settings| settings.heartbeat = Duration::from_secs(59));
    let error = EventConsumer::new(sea.backend(), "group").settings(quick()).start().expect_err("no topic");
    assert!(error.to_string().contains("give a topic"), "{error}");
}

#[test]
fn a_hook_that_panics_ends_the_consumer_and_loses_nothing() {
    let sea = Sea::new("hook");
    let _connection = sea.receive(|_| Ok(()));
    sea.publish(0..3);
    let consumer = sea.consumer(quick()).before_message(|_| panic!("a bad hook"));
    let running = consumer.start().expect("started");
    assert!(running.wait(DRAIN));
    let error = running.stop(DRAIN).expect_err("it cannot go on");
    assert_eq!((error.exit_code(), sea.pending()), (5, 3));
    assert!(error.to_string().contains("a bad hook"), "{error}");
}

#[test]
fn a_topic_that_is_not_there_is_refused_if_so_wanted() {
    let sea = Sea::new("mistyped");
    let mut settings = quick();
    settings.missing_topic = MissingTopic::Refuse;
    let error = sea.consumer(settings.clone()).start().expect_err("there is no such topic");
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("there is no topic `mistyped`"), "{error}");
    sea.publish(0..1);
    sea.consumer(settings).start().expect("it is there").stop(DRAIN).expect("stopped");
}

#[test]
fn events_of_an_unknown_release_are_guessed_at_or_refused() {
    let consumed = |place: &'static str, unknown_release| {
        let sea = Sea::new(place);
        let data = XBlockData::builder()
            .usage_key("block-v1:edX+DemoX+R1+type@html+block@b".parse().expect("a key"))
            .block_type("html")
            .build();
        let event: XblockDeleted = data.into_event();
        let metadata = XBLOCK_DELETED.generate_metadata().with_sourcelib(vec![99, 0, 0]);
        let mut message = Message::of_event(&event, &metadata).expect("a message");
        // As Python writes it.
        message.headers.retain(|header| *header.name != *SCHEMA_FINGERPRINT.as_bytes());
        let mut producer = sea.faulty.memory.producer().expect("memory");
        producer.publish(&sea.topic(), &[message]).expect("published");
        let mut settings = quick();
        settings.unknown_release = unknown_release;
        let consumer = sea.start(settings);
        wait_until("it is done with", || {
            let report = consumer.report();
            report.dead_letters() + report.suppressed.no_receivers == 1
        });
        let report = consumer.stop(DRAIN).expect("stopped");
        (report.unknown_releases, report.undecodable, sea.dead_letters())
    };
    assert_eq!(consumed("guessed", UnknownRelease::Newest), (1, 0, 0));
    assert_eq!(consumed("refused", UnknownRelease::DeadLetter), (0, 1, 1));
}
