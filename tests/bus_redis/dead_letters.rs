//! Dead letters, attempts that are counted, and events that are marked as processed.

use openedx_events::bus::{Backend, DeadLetter, DeadLetterReason, EntryWrite, ReceiverFailure};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{
    NOT_AT_ALL, bus, consumer, count, idle, ids, impatient_consumer, pending, publish, read, run, topic,
};

#[test]
fn an_entry_is_dead_lettered_once_and_is_then_done() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    let batch = read(&*first);
    let failure = ReceiverFailure::new("no such course").of_receiver("app::enroll").after(5);
    let dead_letter = DeadLetter::of_receivers(vec![failure]);
    assert_eq!(first.count_attempt(&batch.deliveries[0].entry).expect("marked"), EntryWrite::Done(1));
    assert_eq!(
        first.dead_letter(&batch.deliveries[0], &dead_letter).expect("dead-lettered"),
        EntryWrite::Done(Some(1))
    );
    assert_eq!(
        first.dead_letter(&batch.deliveries[0], &dead_letter).expect("dead-lettered before"),
        EntryWrite::Claimed,
        "no new one"
    );
    let dead_letters = bus.browse(&topic().dead_letters(), None, 10).expect("dead letters");
    let [stored] = &dead_letters[..] else { panic!("{dead_letters:?}") };
    let header = |name| stored.message.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
    assert_eq!(crate::support::payload(&stored.message), "1");
    assert_eq!(header("type").as_deref(), Some("org.example.v1"));
    assert_eq!(header("dlq_reason").as_deref(), Some("receiver_failed"));
    assert_eq!(header("dlq_entry"), Some(batch.deliveries[0].entry.to_string()));
    assert_eq!(pending(&bus), 2);
    let mut client = server.client();
    assert_eq!(count(&mut client, "EXISTS {dev-learning}.marks:group"), 0);

    // Another consumer has claimed it, so only that one may dead-letter it.
    idle();
    let second = impatient_consumer(&bus, "b");
    assert_eq!(second.claim(1).expect("a batch").deliveries.len(), 1);
    assert_eq!(first.dead_letter(&batch.deliveries[1], &dead_letter).expect("skipped"), EntryWrite::Claimed);
    assert_eq!(count(&mut client, "XLEN {dev-learning}.dlq"), 1);

    // Nobody can claim it: it is gone from the stream.
    run(&mut client, &format!("XDEL dev-learning {}", batch.deliveries[2].entry));
    assert_eq!(
        first.dead_letter(&batch.deliveries[2], &dead_letter).expect("dead-lettered"),
        EntryWrite::Done(Some(2))
    );
    assert_eq!(count(&mut client, "XLEN {dev-learning}.dlq"), 2);

    // Neither happens if the dead letter cannot be written.
    run(&mut client, "DEL {dev-learning}.dlq");
    run(&mut client, "SET {dev-learning}.dlq text");
    let before = pending(&bus);
    assert!(second.dead_letter(&batch.deliveries[1], &dead_letter).is_err());
    assert_eq!(pending(&bus), before);
}

#[test]
fn a_message_with_thousands_of_fields_can_be_dead_lettered() {
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
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "strange");
    assert_eq!(
        consumer.dead_letter(&batch.deliveries[0], &dead_letter).expect("dead-lettered"),
        EntryWrite::Done(Some(1))
    );
    let dead_letters = bus.browse(&topic().dead_letters(), None, 10).expect("dead letters");
    assert_eq!(dead_letters[0].message.headers[..5000], batch.deliveries[0].message.headers[..]);
    assert_eq!(pending(&bus), 0);
}

#[test]
fn attempts_are_counted_across_consumers_until_the_entry_is_done() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let first = consumer(&bus, "a");
    let held = ids(&read(&*first));
    assert_eq!(first.count_attempt(&held[0]).expect("marked"), EntryWrite::Done(1));
    drop(first);
    let second = consumer(&bus, "a");
    let held = ids(&read(&*second));
    assert_eq!(second.count_attempt(&held[0]).expect("marked"), EntryWrite::Done(2));
    let mut client = server.client();
    assert!((600_000..=604_800).contains(&count(&mut client, "TTL {dev-learning}.marks:group")));
    second.read(1, NOT_AT_ALL, &held).expect("a batch");
    assert_eq!(count(&mut client, "EXISTS {dev-learning}.marks:group"), 0);
}

#[test]
fn processed_events_are_remembered_for_a_week() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    consumer.mark_processed("app::mail 1").expect("recorded");
    let texts = ["app::mail 1", "app::mail 2"].map(str::to_owned);
    assert_eq!(consumer.processed(&texts).expect("known"), [true, false]);
    assert_eq!(consumer.processed(&[]).expect("known"), [] as [bool; 0]);
    let mut other = crate::support::subscription("a");
    other.group = "other".to_owned();
    assert_eq!(bus.consumer(&other).expect("a consumer").processed(&texts).expect("known"), [false, false]);
    let mut expiry = ::redis::cmd("TTL");
    let left: i64 =
        expiry.arg("{dev-learning}.done:group:app::mail 1").query(&mut server.client()).expect("known");
    assert!((600_000..=604_800).contains(&left), "{left}");
}
