//! Dead letters, and what the group remembers of entries and events.

use openedx_events::bus::{Backend, DeadLetter, Failure, Reason};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{
    NOT_AT_ALL, bus, consumer, count, idle, ids, impatient_consumer, pending, publish, read, run, topic,
};

#[test]
fn a_dead_letter_stands_among_the_letters_once_and_the_entry_is_done() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    let batch = read(&*first);
    let failure = Failure::new("no such course").of_receiver("app::enroll").after(5);
    let letter = DeadLetter::of_receivers(vec![failure]);
    assert_eq!(first.mark(&batch.deliveries[0].entry).expect("marked"), 1);
    assert_eq!(first.bury(&batch.deliveries[0], &letter).expect("buried"), Some(1));
    assert_eq!(first.bury(&batch.deliveries[0], &letter).expect("buried before"), None, "no new one");
    let letters = bus.browse(&topic().dead_letters(), None, 10).expect("letters");
    let [stored] = &letters[..] else { panic!("{letters:?}") };
    let header = |name| stored.message.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
    assert_eq!(crate::support::payload(&stored.message), "1");
    assert_eq!(header("type").as_deref(), Some("org.example.v1"));
    assert_eq!(header("dlq_reason").as_deref(), Some("receiver_failed"));
    assert_eq!(header("dlq_entry"), Some(batch.deliveries[0].entry.to_string()));
    assert_eq!(pending(&bus), 2);
    let mut client = server.client();
    assert_eq!(count(&mut client, "EXISTS {dev-learning}.marks:group"), 0);

    // Another has it by now, and it is the other's to bury.
    idle();
    let second = impatient_consumer(&bus, "b");
    assert_eq!(second.take_over(1).expect("a batch").deliveries.len(), 1);
    assert_eq!(first.bury(&batch.deliveries[1], &letter).expect("passed over"), None);
    assert_eq!(count(&mut client, "XLEN {dev-learning}.dlq"), 1);

    // Nobody can have it: it is gone from the stream.
    run(&mut client, &format!("XDEL dev-learning {}", batch.deliveries[2].entry));
    assert_eq!(first.bury(&batch.deliveries[2], &letter).expect("buried"), Some(2));
    assert_eq!(count(&mut client, "XLEN {dev-learning}.dlq"), 2);

    // Neither, if the letters cannot be written.
    run(&mut client, "DEL {dev-learning}.dlq");
    run(&mut client, "SET {dev-learning}.dlq text");
    let before = pending(&bus);
    assert!(second.bury(&batch.deliveries[1], &letter).is_err());
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
    let letter = DeadLetter::new(Reason::Undecodable, "strange");
    assert_eq!(consumer.bury(&batch.deliveries[0], &letter).expect("buried"), Some(1));
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
    assert_eq!(first.mark(&held[0]).expect("marked"), 1);
    drop(first);
    let second = consumer(&bus, "a");
    let held = ids(&read(&*second));
    assert_eq!(second.mark(&held[0]).expect("marked"), 2);
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
    consumer.record("app::mail 1").expect("recorded");
    let texts = ["app::mail 1", "app::mail 2"].map(str::to_owned);
    assert_eq!(consumer.recorded(&texts).expect("known"), [true, false]);
    assert_eq!(consumer.recorded(&[]).expect("known"), [] as [bool; 0]);
    let mut other = crate::support::subscription("a");
    other.group = "other".to_owned();
    assert_eq!(bus.consumer(&other).expect("a consumer").recorded(&texts).expect("known"), [false, false]);
    let mut expiry = ::redis::cmd("TTL");
    let left: i64 =
        expiry.arg("{dev-learning}.done:group:app::mail 1").query(&mut server.client()).expect("known");
    assert!((600_000..=604_800).contains(&left), "{left}");
}
