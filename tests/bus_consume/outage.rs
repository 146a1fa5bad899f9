//! When everything fails, as it does while a database is down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use openedx_events::Unavailable;
use openedx_events_tests::wait_until;

use crate::faulty_bus::{DRAIN, Sea, quick};

#[test]
fn a_backlog_is_not_dead_lettered_while_everything_fails() {
    let sea = Sea::new("outage");
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
    wait_until("many probes have failed", || runs.load(Ordering::Relaxed) > 200);
    assert!(consumer.in_flight() < 2000, "reading goes on though everything fails");
    assert!(sea.dead_letters() <= 5, "{} dead letters", sea.dead_letters());
    is_up.store(true, Ordering::Relaxed);
    wait_until("all are done or dead-lettered", || {
        let report = consumer.report();
        report.done + report.dead == 2000
    });
    consumer.stop(DRAIN).expect("stopped");
    assert!(sea.dead_letters() <= 5, "{} dead letters", sea.dead_letters());
}

/// No database is down: the events behind the failing ones succeed, and those end when they have waited for too long.
#[test]
fn events_that_always_fail_do_not_block_those_behind_them() {
    let sea = Sea::new("shoal");
    let _connection = sea.receive(|number| if number < 11 { Err("never works".into()) } else { Ok(()) });
    let mut settings = quick();
    settings.batch = 1;
    settings.outage_limit = Duration::from_secs(1);
    sea.publish(0..10);
    let consumer = sea.start(settings);
    wait_until("nothing works", || consumer.report().failed_attempts > 30);
    sea.publish(10..21);
    wait_until("the good events are done, and others are dead-lettered", || {
        let report = consumer.report();
        report.done == 10 && report.dead_letters() == 11
    });
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(sea.dead_letters(), 11);
}

/// All that may be in flight waits for one receiver: the topic stands still, and the consumer says so.
#[test]
fn a_consumer_whose_topic_stands_still_is_not_ready() {
    let sea = Sea::new("lagoon");
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let _connection =
        sea.receive(
            move |_| {
                if up.load(Ordering::Relaxed) { Ok(()) } else { Err("the database is down".into()) }
            },
        );
    let mut settings = quick();
    settings.max_in_flight = 20;
    settings.max_parked = 0;
    sea.publish(0..50);
    let consumer = sea.start(settings);
    wait_until("it stands still", || !consumer.is_ready());
    let health = consumer.health();
    assert!(!health.is_ready);
    assert_eq!(health.reasons.len(), 1, "{health:?}");
    assert!(health.reasons[0].starts_with("lagoon: all events in flight wait for receivers"), "{health:?}");
    let [circuit] = &health.circuits[..] else { panic!("{health:?}") };
    assert_eq!((&*circuit.receiver, &*circuit.last_error), ("lagoon", "the database is down"));
    assert_eq!(circuit.waiting, 20);
    assert!(circuit.oldest >= Some(Duration::from_secs(1)), "{health:?}");
    is_up.store(true, Ordering::Relaxed);
    // The first ones may have used up their attempts before the circuit opened.
    wait_until("it goes on", || {
        let report = consumer.report();
        consumer.is_ready() && report.done + report.dead == 50
    });
    assert!(consumer.report().dead <= 4, "{:?}", consumer.report());
    assert_eq!(consumer.health().circuits, []);
    assert!(consumer.report().circuits_opened >= 1);
    consumer.stop(DRAIN).expect("stopped");
}

/// Once it has said so, that something is down, an event does not use up its attempts.
#[test]
fn events_wait_for_what_is_unavailable() {
    let sea = Sea::new("strait");
    let is_up = Arc::new(AtomicBool::new(false));
    let (up, runs) = (Arc::clone(&is_up), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&runs);
    let _connection = sea.receive(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        if up.load(Ordering::Relaxed) { Ok(()) } else { Err(Unavailable::new("the ferry is late").into()) }
    });
    sea.publish(0..1);
    let consumer = sea.start(quick());
    wait_until("it has failed more often than it may", || runs.load(Ordering::Relaxed) > 10);
    is_up.store(true, Ordering::Relaxed);
    wait_until("it is done", || consumer.report().done == 1);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(sea.dead_letters(), 0);
}
