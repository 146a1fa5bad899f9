//! What waits for a receiver that does not work leaves the topic.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openedx_events::bus::{Backend, ConsumerSettings, DeadLetter, DeadLetterReason, EventOutcome, ReadFrom};
use openedx_events::{BoxError, Connection, Permanent};
use openedx_events_tests::wait_until;

use crate::faulty_bus::{DRAIN, Sea, quick};

/// Far more than may be in flight.
const EVENTS: i64 = 300;

fn narrow() -> ConsumerSettings {
    let mut settings = quick();
    settings.max_in_flight = 20;
    settings.batch = 10;
    settings
}

/// A receiver that works, and one that does not until it is told to.
struct Pair {
    good: Arc<AtomicU64>,
    is_up: Arc<AtomicBool>,
    /// What the second one has done, in its order.
    done: Arc<Mutex<Vec<i64>>>,
    _connections: [Connection; 2],
}

impl Pair {
    fn connect(sea: &Sea, names: [&'static str; 2]) -> Self {
        let (good, is_up) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let done = Arc::new(Mutex::new(Vec::new()));
        let (count, up, log) = (Arc::clone(&good), Arc::clone(&is_up), Arc::clone(&done));
        let first = sea.receive_as(names[0], move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        let second = sea.receive_as(names[1], move |number| {
            if !up.load(Ordering::Relaxed) {
                return Err("the database is down".into());
            }
            log.lock().expect("no panic").push(number);
            Ok(())
        });
        Self { good, is_up, done, _connections: [first, second] }
    }

    fn good(&self) -> u64 {
        self.good.load(Ordering::Relaxed)
    }

    fn repair(&self) {
        self.is_up.store(true, Ordering::Relaxed);
    }

    fn done(&self) -> Vec<i64> {
        self.done.lock().expect("no panic").clone()
    }
}

#[test]
fn a_receiver_that_fails_holds_up_no_other() {
    let sea = Sea::new("bay");
    let pair = Pair::connect(&sea, ["bay: good", "bay: bad"]);
    sea.publish(0..EVENTS);
    let consumer = sea.start(narrow());
    wait_until("the good one has done all", || pair.good() == 300);
    wait_until("the entries of the others are acknowledged", || sea.pending() == 0);
    let health = consumer.health();
    assert!(health.is_ready, "{health:?}");
    wait_until("they are counted", || consumer.report().parked + consumer.report().dead == 300);
    let report = consumer.report();
    assert!(report.dead <= 4, "a few end after their attempts: {report:?}");
    // But for one that probes.
    assert!(health.circuits[0].waiting as u64 + 1 >= sea.parked(), "{health:?}");
    let store = sea.faulty.memory.parked().expect("it parks");
    let listed = store.list(&sea.topic(), "group", None, usize::MAX).expect("listed");
    assert!(listed.len() > 200, "{}", listed.len());
    for (_, event) in listed {
        assert_eq!(event.waiting[0].last_error.as_deref(), Some("the database is down"));
    }
    pair.repair();
    wait_until("the bad one has done all", || consumer.report().done == 300 - report.dead);
    wait_until("nothing is parked", || sea.parked() == 0);
    assert_eq!((pair.good(), pair.done().len() as u64), (300, 300 - report.dead));
    consumer.stop(DRAIN).expect("stopped");
}

#[test]
fn the_order_of_a_key_is_kept() {
    let sea = Sea::new("gulf");
    let pair = Pair::connect(&sea, ["gulf: good", "gulf: bad"]);
    sea.publish_keyed(0..EVENTS, |number| number % 7);
    let consumer = sea.start(narrow());
    wait_until("they are parked", || pair.good() == 300 && sea.pending() == 0);
    // Behind what is parked.
    sea.publish_keyed(EVENTS..2 * EVENTS, |number| number % 7);
    pair.repair();
    wait_until("all are done", || {
        let report = consumer.report();
        report.done + report.dead == 600
    });
    assert_order(&pair.done());
    consumer.stop(DRAIN).expect("stopped");
}

#[test]
fn after_a_restart_only_the_receiver_that_failed_runs() {
    let sea = Sea::new("sound");
    let pair = Pair::connect(&sea, ["sound: good", "sound: bad"]);
    sea.publish(0..EVENTS);
    let consumer = sea.start(narrow());
    wait_until("they are parked", || pair.good() == 300 && sea.pending() == 0);
    let dead = consumer.stop(DRAIN).expect("stopped").dead;
    assert_eq!(sea.parked(), 300 - dead);
    pair.repair();
    let consumer = sea.start(narrow());
    wait_until("they are done", || consumer.report().done == 300 - dead);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!((sea.parked(), pair.good(), pair.done().len() as u64), (0, 300, 300 - dead));
}

#[test]
fn what_cannot_be_parked_waits() {
    let sea = Sea::new("fjord");
    let pair = Pair::connect(&sea, ["fjord: good", "fjord: bad"]);
    sea.publish(0..EVENTS);
    let consumer = sea.start(narrow());
    wait_until("some are parked", || sea.parked() > 20);
    for _ in 0..5 {
        sea.faulty.set_down(true);
        wait_until("it cannot go on", || !consumer.is_ready());
        sea.faulty.set_down(false);
        wait_until("it is back", || consumer.is_ready());
    }
    wait_until("the good one has done all", || pair.good() >= 300 && sea.pending() == 0);
    pair.repair();
    wait_until("the bad one, too", || {
        let report = consumer.report();
        report.done + report.dead == 300
    });
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!((sea.parked(), sea.pending()), (0, 0));
}

#[test]
fn parked_events_end_after_the_limit_of_an_outage() {
    let sea = Sea::new("cove");
    let pair = Pair::connect(&sea, ["cove: good", "cove: bad"]);
    sea.publish(0..EVENTS);
    let mut settings = narrow();
    settings.outage_limit = Duration::from_secs(1);
    settings.dead_letters_alarm = Some(100);
    let consumer = sea.start(settings);
    wait_until("all have ended", || consumer.report().dead_letters() == 300);
    assert_eq!(pair.good(), 300);
    let report = consumer.stop(DRAIN).expect("stopped");
    assert!(report.dead_letters_alarms > 0, "those of parked events count in the alarm");
    let letters = sea.faulty.memory.browse(&sea.topic().dead_letters(), None, 1000).expect("memory");
    let reasons = letters.iter().map(|letter| DeadLetter::read(&letter.message).expect("a letter").reason);
    let of_outage = reasons.filter(|reason| *reason == DeadLetterReason::Outage).count();
    assert!(of_outage >= 296, "{of_outage}");
    assert_eq!((letters.len(), sea.parked()), (300, 0));
}

#[test]
fn no_more_is_parked_than_may_be() {
    let sea = Sea::new("reef");
    let pair = Pair::connect(&sea, ["reef: good", "reef: bad"]);
    sea.publish(0..EVENTS);
    let mut settings = narrow();
    settings.max_parked = 50;
    let consumer = sea.start(settings);
    wait_until("it stands still", || !consumer.is_ready());
    let reasons = consumer.health().reasons;
    assert!(reasons[0].starts_with("reef: `max_parked` or `max_parked_bytes` is reached"), "{reasons:?}");
    assert!(sea.parked() <= 50, "{} are parked", sea.parked());
    assert!(pair.good() < 300);
    pair.repair();
    wait_until("it goes on", || {
        let report = consumer.report();
        consumer.is_ready() && report.done + report.dead == 300
    });
    consumer.stop(DRAIN).expect("stopped");
}

#[test]
fn the_hook_learns_that_an_event_is_parked() {
    let sea = Sea::new("lake");
    let pair = Pair::connect(&sea, ["lake: good", "lake: bad"]);
    sea.publish(0..EVENTS);
    let parked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&parked);
    let consumer = sea.consumer(narrow()).after_message(move |consumed| {
        if consumed.outcome == EventOutcome::Parked {
            assert!(!consumed.outcome.is_final());
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let consumer = consumer.start().expect("started");
    wait_until("they are parked", || pair.good() == 300 && sea.pending() == 0);
    wait_until("it has learned it", || parked.load(Ordering::Relaxed) == consumer.report().parked);
    consumer.stop(DRAIN).expect("stopped");
}

#[test]
fn only_what_is_parked_runs_before_a_downgrade() {
    let sea = Sea::new("tarn");
    let pair = Pair::connect(&sea, ["tarn: good", "tarn: bad"]);
    sea.publish(0..EVENTS);
    let consumer = sea.start(narrow());
    wait_until("they are parked", || pair.good() == 300 && sea.pending() == 0);
    let dead = consumer.stop(DRAIN).expect("stopped").dead;
    sea.publish(EVENTS..EVENTS + 10);
    let mut settings = narrow();
    settings.read_from = ReadFrom::Parked;
    let consumer = sea.start(settings);
    wait_until("it tries", || consumer.report().failed_attempts > 0);
    assert!(!consumer.has_ended());
    pair.repair();
    wait_until("it ends", || consumer.has_ended());
    assert_eq!(consumer.stop(DRAIN).expect("complete").done, 300 - dead);
    assert_eq!((sea.parked(), pair.good(), pair.done().len() as u64), (0, 300, 300 - dead));
}

#[test]
fn what_waits_for_a_receiver_that_the_program_does_not_have_stays_parked() {
    let sea = Sea::new("loch");
    let fail = |_| Err("the database is down".into());
    let both = [sea.receive_as("loch: here", fail), sea.receive_as("loch: elsewhere", fail)];
    sea.publish(0..EVENTS);
    let consumer = sea.start(narrow());
    wait_until("they are parked", || sea.pending() == 0 && sea.parked() >= 280);
    wait_until("nothing is left", || consumer.report().parked + consumer.report().dead == 300);
    consumer.stop(DRAIN).expect("stopped");
    drop(both);
    let parked = sea.parked();

    let done = |path: &'static str| {
        let count = Arc::new(AtomicU64::new(0));
        let up = Arc::clone(&count);
        let connection = sea.receive_as(path, move |_| {
            up.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        let mut settings = narrow();
        settings.read_from = ReadFrom::Parked;
        let consumer = sea.start(settings);
        wait_until("what it could run is done", || consumer.has_ended());
        consumer.stop(DRAIN).expect("complete");
        drop(connection);
        count.load(Ordering::Relaxed)
    };
    assert!(done("loch: here") >= 280);
    let left = sea.parked();
    assert!(left >= 280 && left <= parked, "{left} of {parked}");
    assert_eq!(done("loch: elsewhere"), left);
    assert_eq!(sea.parked(), 0);
}

/// The next call says that the entries are another consumer's.
#[test]
fn what_a_write_without_an_answer_has_parked_is_found() {
    let sea = Sea::new("skerry");
    let pair = Pair::connect(&sea, ["skerry: good", "skerry: bad"]);
    sea.faulty.lose_an_answer();
    sea.publish_keyed(0..EVENTS, |number| number % 7);
    let consumer = sea.start(narrow());
    wait_until("they are parked", || pair.good() == 300 && sea.pending() == 0);
    pair.repair();
    wait_until("all are done", || pair.done().len() as u64 + consumer.report().dead == 300);
    wait_until("nothing is parked", || sea.parked() == 0);
    assert_eq!(pair.good(), 300);
    assert_order(&pair.done());
    consumer.stop(DRAIN).expect("stopped");
}

/// Of the keys 0 to 6.
fn assert_order(done: &[i64]) {
    let mut last = HashMap::new();
    for number in done {
        let before = last.insert(number % 7, number);
        assert!(before < Some(number), "{number} was done after {before:?}");
    }
}

/// One receiver stays down. The other one gives up what it has waited for: that has its dead letters, though the events go back to
/// the store.
#[test]
fn what_is_given_up_while_others_wait_is_dead_lettered() {
    let sea = Sea::new("delta");
    let is_up = Arc::new(AtomicBool::new(false));
    let down = |name, error: fn() -> BoxError| {
        let up = Arc::clone(&is_up);
        sea.receive_as(
            name,
            move |_| if up.load(Ordering::Relaxed) { Err(error()) } else { Err("down".into()) },
        )
    };
    let _first = down("delta: down", || "down".into());
    let _second = down("delta: permanent", || Permanent::new("of no use").into());
    sea.publish(0..EVENTS);
    let consumer = sea.start(narrow());
    wait_until("they are parked", || {
        let report = consumer.report();
        sea.pending() == 0 && report.parked + report.dead >= 290
    });
    is_up.store(true, Ordering::Relaxed);
    let letters = || {
        let letters = sea.faulty.memory.browse(&sea.topic().dead_letters(), None, 1000).expect("memory");
        let letters = letters.iter().map(|letter| DeadLetter::read(&letter.message).expect("a letter"));
        let of_second = letters.filter(|letter| {
            letter.failures.iter().any(|failure| failure.receiver.as_deref() == Some("delta: permanent"))
        });
        of_second.count()
    };
    wait_until("some have dead letters", || letters() > 8);
    assert!(sea.parked() > 200, "they still wait for the other one");
    let report = consumer.stop(DRAIN).expect("stopped");
    assert!(report.dead >= letters() as u64, "{report:?}");
}
