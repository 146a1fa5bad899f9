//! What a consumer logs of failures, of its start and of its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use openedx_events::Permanent;
use openedx_events_tests::{logs, wait_until};
use tracing::Level;

use crate::faulty_bus::{DRAIN, Sea, quick};

fn of_topic(topic: &str) -> Vec<logs::Record> {
    logs::all().into_iter().filter(|record| record.field("topic") == topic).collect()
}

#[test]
fn an_attempt_that_is_repeated_is_a_warning_and_what_is_given_up_one_error() {
    logs::collect();
    let sea = Sea::new("skagerrak");
    let _connection = sea.receive(|_| Err("no ferry".into()));
    let mut settings = quick();
    // Longer than a second, so that every attempt has its line.
    settings.retry.initial_backoff = Duration::from_millis(2500);
    settings.retry.max_backoff = Duration::from_millis(2500);
    settings.retry.max_attempts = 2;
    sea.publish(0..1);
    let consumer = sea.start(settings);
    wait_until("it is dead-lettered", || consumer.report().dead == 1);
    consumer.stop(DRAIN).expect("stopped");

    let records = of_topic("skagerrak");
    let (errors, others): (Vec<_>, Vec<_>) = records.iter().partition(|record| record.level == Level::ERROR);
    let [error] = errors.as_slice() else { panic!("not one error: {errors:#?}") };
    assert_eq!(error.message, "event dead-lettered");
    assert_eq!(error.field("event_id").len(), 36, "{error:?}");
    for (field, expected) in [
        ("group", "group"),
        ("entry", "1"),
        ("event_type", "org.example.sea.tide.turned.v1"),
        ("reason", "receiver_failed"),
        ("receiver", "skagerrak"),
        ("error", "no ferry"),
    ] {
        assert_eq!(error.field(field), expected, "{error:?}");
    }

    let attempts: Vec<_> =
        others.iter().filter(|record| record.message.starts_with("receiver failed")).collect();
    let first = attempts[0];
    assert_eq!((first.level, first.message.as_str()), (Level::WARN, "receiver failed; retrying"));
    assert_eq!((first.field("attempt"), first.field("max_attempts")), ("1", "2"));
    assert!(first.field("retry_in").ends_with('s'), "{first:?}");
    assert_eq!(first.field("event_id"), error.field("event_id"));
    assert!(first.field("receiver").starts_with("skagerrak ("), "{first:?}");
    if let Some(last) = attempts.get(1) {
        assert_eq!((last.level, last.message.as_str()), (Level::WARN, "receiver failed; it is not retried"));
        assert_eq!((last.field("attempt"), last.field("retry_in")), ("2", ""));
    }
}

#[test]
fn an_outage_has_a_line_a_second() {
    logs::collect();
    let sea = Sea::new("kattegat");
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let _connection =
        sea.receive(
            move |_| if up.load(Ordering::Relaxed) { Ok(()) } else { Err("the webhook is down".into()) },
        );
    sea.publish(0..500);
    let start = Instant::now();
    let consumer = sea.start(quick());
    wait_until("it has failed often", || {
        consumer.report().failed_attempts > 300 && start.elapsed() > Duration::from_secs(2)
    });
    is_up.store(true, Ordering::Relaxed);
    wait_until("all is done", || {
        let report = consumer.report();
        report.done + report.dead == 500
    });
    let failed = consumer.report().failed_attempts;
    consumer.stop(DRAIN).expect("stopped");
    let seconds = start.elapsed().as_secs() + 1;

    let records = of_topic("kattegat");
    let attempts: Vec<_> =
        records.iter().filter(|record| record.message.starts_with("receiver failed")).collect();
    assert!(attempts.len() as u64 <= seconds, "{} lines in {seconds} s", attempts.len());
    let omitted: u64 =
        attempts.iter().map(|record| record.field("omitted").parse::<u64>().expect("a number")).sum();
    assert!(omitted > 0 && omitted + attempts.len() as u64 <= failed, "{omitted} of {failed}");
    let circuits = logs::all().into_iter().filter(|record| record.field("receiver") == "kattegat");
    let circuits: Vec<_> = circuits.filter(|record| record.message.starts_with("the circuit")).collect();
    assert_eq!(
        circuits.iter().filter(|record| record.message.contains("opened")).count(),
        1,
        "{circuits:#?}"
    );
    assert_eq!(
        circuits.iter().filter(|record| record.message.contains("closed")).count(),
        1,
        "{circuits:#?}"
    );
}

#[test]
fn a_line_says_what_is_consumed_and_another_when_that_ends() {
    logs::collect();
    let sea = Sea::new("oresund");
    let _connection =
        sea.receive(|number| if number == 0 { Ok(()) } else { Err(Permanent::new("no").into()) });
    let consumer = sea.start(quick());
    sea.publish(0..2);
    wait_until("both are processed", || consumer.report().done == 1 && consumer.report().dead == 1);
    consumer.stop(DRAIN).expect("stopped");

    let records: Vec<_> =
        logs::all().into_iter().filter(|record| record.field("topics") == "oresund").collect();
    let [start, end] = records.as_slice() else { panic!("not two lines: {records:#?}") };
    assert_eq!((start.level, start.message.as_str()), (Level::INFO, "consuming"));
    assert_eq!((start.field("group"), start.field("consumer")), ("group", "me"));
    assert_eq!(start.field("bus"), "memory:", "{start:?}");
    assert!(!start.field("receivers").is_empty(), "{start:?}");
    assert_eq!((end.level, end.message.as_str()), (Level::INFO, "the consumer has stopped"));
    assert_eq!((end.field("done"), end.field("dead_letters")), ("1", "1"));
}

#[test]
fn a_consumer_that_is_dropped_at_once_is_a_warning() {
    logs::collect();
    let warnings = |sea: &str| {
        let is_it = |record: &logs::Record| {
            record.field("topics") == sea && record.message.starts_with("the consumer was dropped just after")
        };
        logs::all().iter().filter(|record| is_it(record)).map(|record| record.level).collect::<Vec<_>>()
    };
    drop(Sea::new("ria").start(quick()));
    assert_eq!(warnings("ria"), [Level::WARN]);
    // One that is stopped, or has done something, is not.
    Sea::new("geo").start(quick()).stop(DRAIN).expect("stopped");
    let sea = Sea::new("voe");
    let _connection = sea.receive(|_| Ok(()));
    sea.publish(0..1);
    let running = sea.start(quick());
    wait_until("it is done", || running.report().done == 1);
    drop(running);
    assert!(warnings("geo").is_empty() && warnings("voe").is_empty());
}
