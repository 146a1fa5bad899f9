//! Entries that go from one consumer to another, or nowhere.

use std::thread;
use std::time::Duration;

use openedx_events::bus::{Backend, DeadLetter, DeadLetterReason, ReceiverFailure};
use openedx_events_tests::redis_server::RedisServer;

use super::{
    NOT_AT_ALL, bus, consumer, count, ids, impatient_consumer, payloads, pending, publish, read, run, topic,
};

/// Longer than an impatient consumer's patience.
fn idle() {
    thread::sleep(Duration::from_millis(10));
}

#[test]
fn a_consumer_that_begins_again_has_what_it_had_before_anything_new() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let all: Vec<_> = (0..250).map(|number| number.to_string()).collect();
    publish(&bus, &all.iter().map(String::as_str).collect::<Vec<_>>());
    let first = consumer(&bus, "a");
    let held = ids(&first.read(230, NOT_AT_ALL, &[]).expect("a batch"));
    first.acknowledge(&held[..5]).expect("acknowledged");
    drop(first);
    let second = consumer(&bus, "a");
    let (mut seen, mut again) = (Vec::new(), Vec::new());
    while seen.len() < 245 {
        let batch = second.read(100, NOT_AT_ALL, &[]).expect("a batch");
        assert!(!batch.deliveries.is_empty(), "only {} came", seen.len());
        seen.extend(payloads(&batch.deliveries));
        again.extend(batch.deliveries.iter().map(|delivery| delivery.is_redelivered));
    }
    assert_eq!(seen, all[5..]);
    assert_eq!(again.iter().filter(|again| **again).count(), 225);
    assert!(again[..225].iter().all(|again| *again));
}

#[test]
fn acknowledgements_go_along_with_a_read() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let consumer = consumer(&bus, "a");
    let first = consumer.read(1, NOT_AT_ALL, &[]).expect("a batch");
    let second = consumer.read(1, NOT_AT_ALL, &ids(&first)).expect("a batch");
    assert_eq!(payloads(&second.deliveries), ["2"]);
    assert_eq!(pending(&bus), 1);
    // Nothing to read is no reason not to.
    consumer.read(0, NOT_AT_ALL, &ids(&second)).expect("a batch");
    assert_eq!(pending(&bus), 0);
}

/// The consumer is gone without a word, as a process is that was killed.
#[test]
fn entries_of_a_consumer_that_is_gone_are_taken_over() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let all: Vec<_> = (0..250).map(|number| number.to_string()).collect();
    publish(&bus, &all.iter().map(String::as_str).collect::<Vec<_>>());
    let first = consumer(&bus, "a");
    assert_eq!(first.read(1000, NOT_AT_ALL, &[]).expect("a batch").deliveries.len(), 250);
    std::mem::forget(first);
    let patient = consumer(&bus, "patient");
    assert!(patient.claim(1000).expect("a batch").deliveries.is_empty());
    let second = impatient_consumer(&bus, "b");
    idle();
    let mut taken = Vec::new();
    while taken.len() < 250 {
        let batch = second.claim(100).expect("a batch");
        assert!(!batch.deliveries.is_empty() && batch.deliveries.len() <= 100);
        assert!(batch.deliveries.iter().all(|delivery| delivery.is_redelivered));
        taken.extend(payloads(&batch.deliveries));
    }
    assert_eq!(taken, all);
    // Its own are not handed to it again, however idle they are.
    idle();
    assert!(second.claim(1000).expect("a batch").deliveries.is_empty());
}

#[test]
fn an_entry_that_is_kept_is_not_taken_over_and_one_that_was_is_not_taken_back() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let first = consumer(&bus, "a");
    let held = ids(&read(&*first));
    let mut subscription = super::subscription("b");
    subscription.claim_after = Duration::from_millis(500);
    let second = bus.consumer(&subscription).expect("a consumer");
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(1200) {
        assert!(first.renew(&held[..1]).expect("kept").is_empty());
        thread::sleep(Duration::from_millis(20));
    }
    let taken = second.claim(10).expect("a batch");
    assert_eq!(payloads(&taken.deliveries), ["2"]);
    assert_eq!(first.renew(&held).expect("kept"), held[1..]);
    assert_eq!(first.renew(&held).expect("kept"), held[1..], "it did not take it back");
    assert_eq!(count(&mut server.client(), "XACK dev-learning group 0-0"), 0);
    // A late acknowledgement does no harm.
    first.acknowledge(&held).expect("acknowledged");
    second.acknowledge(&held[1..]).expect("acknowledged");
    assert_eq!(first.renew(&held[1..]).expect("kept"), held[1..], "another has done it");
}

#[test]
fn an_entry_that_is_released_is_anothers_at_once_and_not_begun() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let first = consumer(&bus, "a");
    let held = ids(&read(&*first));
    first.release(&held[1..]).expect("released");
    let second = consumer(&bus, "b");
    let taken = second.claim(10).expect("a batch");
    assert_eq!(payloads(&taken.deliveries), ["2"], "though a claim waits for a minute");
    // What is another's cannot be released.
    first.release(&held[1..]).expect("released");
    assert!(consumer(&bus, "c").claim(10).expect("a batch").deliveries.is_empty());
}

#[test]
fn a_dead_letter_stands_among_the_letters_once_and_the_entry_is_done() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    let batch = read(&*first);
    let failure = ReceiverFailure::new("no such course").of_receiver("app::enroll").after(5);
    let letter = DeadLetter::of_receivers(vec![failure]);
    assert_eq!(first.count_attempt(&batch.deliveries[0].entry).expect("marked"), 1);
    assert_eq!(first.dead_letter(&batch.deliveries[0], &letter).expect("buried"), Some(1));
    assert_eq!(first.dead_letter(&batch.deliveries[0], &letter).expect("buried before"), None, "no new one");
    let letters = bus.browse(&topic().dead_letters(), None, 10).expect("letters");
    let [stored] = &letters[..] else { panic!("{letters:?}") };
    let header = |name| stored.message.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
    assert_eq!(super::payload(&stored.message), "1");
    assert_eq!(header("type").as_deref(), Some("org.example.v1"));
    assert_eq!(header("dlq_reason").as_deref(), Some("receiver_failed"));
    assert_eq!(header("dlq_entry"), Some(batch.deliveries[0].entry.to_string()));
    assert_eq!(pending(&bus), 2);
    let mut client = server.client();
    assert_eq!(count(&mut client, "EXISTS {dev-learning}.marks:group"), 0);

    // Another has it by now, and it is the other's to bury.
    idle();
    let second = impatient_consumer(&bus, "b");
    assert_eq!(second.claim(1).expect("a batch").deliveries.len(), 1);
    assert_eq!(first.dead_letter(&batch.deliveries[1], &letter).expect("passed over"), None);
    assert_eq!(count(&mut client, "XLEN {dev-learning}.dlq"), 1);

    // Nobody can have it: it is gone from the stream.
    run(&mut client, &format!("XDEL dev-learning {}", batch.deliveries[2].entry));
    assert_eq!(first.dead_letter(&batch.deliveries[2], &letter).expect("buried"), Some(2));
    assert_eq!(count(&mut client, "XLEN {dev-learning}.dlq"), 2);

    // Neither, if the letters cannot be written.
    run(&mut client, "DEL {dev-learning}.dlq");
    run(&mut client, "SET {dev-learning}.dlq text");
    let before = pending(&bus);
    assert!(second.dead_letter(&batch.deliveries[1], &letter).is_err());
    assert_eq!(pending(&bus), before);
}

#[test]
fn a_message_with_thousands_of_fields_can_be_buried() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let mut add = ::redis::cmd("XADD");
    add.arg(&["dev-learning", "*"]);
    for number in 0..5000 {
        add.arg(number).arg("value");
    }
    add.exec(&mut server.client()).expect("added");
    let consumer = consumer(&bus, "a");
    let batch = read(&*consumer);
    let letter = DeadLetter::new(DeadLetterReason::Undecodable, "strange");
    assert_eq!(consumer.dead_letter(&batch.deliveries[0], &letter).expect("buried"), Some(1));
    let letters = bus.browse(&topic().dead_letters(), None, 10).expect("letters");
    assert_eq!(letters[0].message.headers[..5000], batch.deliveries[0].message.headers[..]);
    assert_eq!(pending(&bus), 0);
}

#[test]
fn marks_count_over_consumers_until_the_entry_is_done() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let first = consumer(&bus, "a");
    let held = ids(&read(&*first));
    assert_eq!(first.count_attempt(&held[0]).expect("marked"), 1);
    drop(first);
    let second = consumer(&bus, "a");
    let held = ids(&read(&*second));
    assert_eq!(second.count_attempt(&held[0]).expect("marked"), 2);
    let mut client = server.client();
    assert!((600_000..=604_800).contains(&count(&mut client, "TTL {dev-learning}.marks:group")));
    second.read(1, NOT_AT_ALL, &held).expect("a batch");
    assert_eq!(count(&mut client, "EXISTS {dev-learning}.marks:group"), 0);
}

#[test]
fn what_was_done_is_remembered_for_a_week() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    consumer.mark_processed("app::mail 1").expect("recorded");
    let texts = ["app::mail 1", "app::mail 2"].map(str::to_owned);
    assert_eq!(consumer.processed(&texts).expect("known"), [true, false]);
    assert_eq!(consumer.processed(&[]).expect("known"), [] as [bool; 0]);
    let mut other = super::subscription("a");
    other.group = "other".to_owned();
    assert_eq!(bus.consumer(&other).expect("a consumer").processed(&texts).expect("known"), [false, false]);
    let mut expiry = ::redis::cmd("TTL");
    let left: i64 =
        expiry.arg("{dev-learning}.done:group:app::mail 1").query(&mut server.client()).expect("known");
    assert!((600_000..=604_800).contains(&left), "{left}");
}
