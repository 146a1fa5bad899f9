//! Receivers that fail, and messages that are not events.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::event::SUITE_TESTED;
use super::world::{DRAIN, IDLE, World, expect, quick};
use crate::avro::Fingerprint;
use crate::bus::headers::{SCHEMA_FINGERPRINT, TYPE};
use crate::bus::{Consumer, ConsumerReport, DeadLetter, DeadLetterReason, Delivery, Header, Message};
use crate::receiver::retry::Permanent;
use crate::signal::any::AnySignal as _;
use crate::sync::lock;

/// Consumes until the condition holds.
fn consume(world: &World<'_>, until: impl Fn(&ConsumerReport) -> bool) -> ConsumerReport {
    let consumer = world.start("group", "consumer", quick());
    world.wait_until("the events are processed", || until(&consumer.report()));
    let report = expect("stopped", consumer.stop(DRAIN));
    let groups = expect("groups", world.backend().groups(&world.topic));
    let group = groups.iter().find(|group| group.name == "group").map(|group| (group.lag, group.pending));
    assert_eq!(group, Some((Some(0), 0)), "all is acknowledged");
    report
}

fn dead_letters(world: &World<'_>) -> Vec<Delivery> {
    expect("dead letters", world.backend().browse(&world.topic.dead_letters(), None, 100))
}

fn header<'m>(message: &'m Message, name: &str) -> std::borrow::Cow<'m, str> {
    String::from_utf8_lossy(message.header(name).unwrap_or_default())
}

/// A receiver that fails twice runs three times.
pub fn failed_events_are_retried(world: &World<'_>) {
    let runs = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&runs);
    let _connection = world.receive("third time", move |_| {
        if count.fetch_add(1, Ordering::Relaxed) < 2 { Err("not yet".into()) } else { Ok(()) }
    });
    world.publish(&[world.message("key", 1)]);
    let report = consume(world, |report| report.done == 1);
    assert_eq!((runs.load(Ordering::Relaxed), report.failed_attempts, report.dead_letters()), (3, 2, 0));
    assert!(dead_letters(world).is_empty());
}

/// Receivers that have succeeded do not run again.
pub fn only_the_failed_receiver_runs_again(world: &World<'_>) {
    let runs = Arc::new(Mutex::new(Vec::new()));
    let connections: Vec<_> = [("first", 0), ("second", 2), ("third", 1)]
        .into_iter()
        .map(|(name, failures)| {
            let (runs, failed) = (Arc::clone(&runs), AtomicU32::new(0));
            world.receive(name, move |_| {
                lock(&runs).push(name);
                if failed.fetch_add(1, Ordering::Relaxed) < failures { Err("not yet".into()) } else { Ok(()) }
            })
        })
        .collect();
    world.publish(&[world.message("key", 1)]);
    consume(world, |report| report.done == 1);
    drop(connections);
    let runs = lock(&runs);
    let (all, retries) = runs.split_at(3);
    assert_eq!(all, ["first", "second", "third"]);
    // Each receiver is retried alone, after a backoff of its own.
    let mut retries = retries.to_vec();
    retries.sort_unstable();
    assert_eq!(retries, ["second", "second", "third"]);
}

/// An event whose receiver fails at every attempt becomes a dead letter, with its message and the failure.
pub fn events_that_always_fail_are_dead_letters(world: &World<'_>) {
    let _fails = world.receive("always fails", |data| match data.number {
        1 => Err("no way".into()),
        2 => Err(Permanent::new("do not try again").into()),
        _ => Ok(()),
    });
    let messages = world.messages(0..4);
    world.publish(&messages);
    let report = consume(world, |report| report.done + report.dead == 4);
    assert_eq!((report.done, report.dead, report.failed_attempts), (2, 2, 4));
    let receiver = world.name("always fails");
    let mut dead_letters = dead_letters(world);
    dead_letters.sort_by_key(|dead_letter| header(&dead_letter.message, "dlq_attempts").into_owned());
    let written: Vec<_> = dead_letters
        .iter()
        .map(|dead_letter| {
            ["dlq_reason", "dlq_group", "dlq_receiver", "dlq_error", "dlq_attempts"]
                .map(|name| header(&dead_letter.message, name))
        })
        .collect();
    assert_eq!(
        written,
        [
            ["receiver_failed", "group", &receiver, "do not try again", "1"],
            ["receiver_failed", "group", &receiver, "no way", "3"]
        ]
    );
    for (dead_letter, original) in dead_letters.iter().zip([&messages[2], &messages[1]]) {
        assert_eq!(dead_letter.message.payload, original.payload);
        assert!(dead_letter.message.headers.starts_with(&original.headers));
    }
}

/// Dead-lettering returns the number of dead letters in the topic, of all groups and processes.
pub fn dead_letters_are_counted(world: &World<'_>) {
    let (second, other) = (world.second_topic(), world.other_backend());
    world.publish(&world.messages(0..2));
    world.publish_to(&second, &world.messages(0..1));
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    let write = |consumer: &dyn Consumer| {
        let deliveries = world.read(consumer, 1);
        expect("dead-lettered", consumer.dead_letter(&deliveries[0], &dead_letter)).done().flatten()
    };
    let (here, there) = (world.consumer("a", "consumer"), world.subscription("b", "consumer"));
    let there = expect("a consumer", other.consumer(&there));
    let mut elsewhere = world.subscription("a", "consumer");
    elsewhere.topic = second;
    let elsewhere = expect("a consumer", other.consumer(&elsewhere));
    let counted = [write(&*here), write(&*there), write(&*elsewhere), write(&*here), write(&*there)];
    if counted == [None; 5] {
        return world.skip_because("the backend does not count dead letters");
    }
    assert_eq!(counted, [1, 2, 1, 3, 4].map(Some));
    assert_eq!(dead_letters(world).len(), 4);
}

/// A message that is not an event becomes a dead letter with its bytes unchanged, and blocks nothing.
pub fn undecodable_messages_are_dead_letters(world: &World<'_>) {
    let kept = world.keep();
    let mut cut = world.message("cut", 1);
    cut.payload.as_mut().map(Vec::pop);
    let mut longer = world.message("longer", 2);
    longer.payload.get_or_insert_default().push(0);
    let mut empty = world.message("empty", 3);
    empty.payload = None;
    let nameless = Message { headers: vec![Header::new("else", "x")], payload: Some(vec![1]) };
    let mut odd = world.message("odd", 4);
    odd.headers.push(Header::new("id", "not a UUID"));
    let poison = [cut, longer, empty, nameless, odd];
    let mut messages = vec![world.message("before", 0)];
    messages.extend(poison.clone());
    messages.push(world.message("after", 5));
    world.publish(&messages);
    let report = consume(world, |report| report.done == 2 && report.undecodable == 5);
    assert_eq!((report.done, report.undecodable, kept.numbers().len()), (2, 5, 2));
    let dead_letters = dead_letters(world);
    for original in &poison {
        let dead_letter = dead_letters
            .iter()
            .find(|dead_letter| dead_letter.message.headers.starts_with(&original.headers));
        let Some(dead_letter) = dead_letter else { panic!("no dead letter of {original:?}") };
        assert_eq!(dead_letter.message.payload, original.payload);
        assert_eq!(header(&dead_letter.message, "dlq_reason"), "undecodable");
        assert!(!header(&dead_letter.message, "dlq_error").is_empty());
    }
}

/// An event of an unknown type becomes a dead letter, and is not silently acknowledged.
pub fn unknown_types_are_dead_letters(world: &World<'_>) {
    let mut message = world.message("key", 1);
    message.headers.retain(|header| *header.name != *TYPE.as_bytes());
    message.headers.push(Header::new(TYPE, "org.example.bus.suite.unknown.v1"));
    world.publish(std::slice::from_ref(&message));
    let report = consume(world, |report| report.unknown_types == 1);
    assert_eq!(report.unknown_types, 1);
    assert_eq!(header(&dead_letters(world)[0].message, "dlq_reason"), "unknown_type");
}

/// An event that crashes its process repeatedly becomes a dead letter; the events next to it do not.
pub fn crashes_are_counted(world: &World<'_>) {
    let kept = world.keep();
    world.publish(&world.messages(0..3));
    for _ in 0..4 {
        // A process that crashes while it handles the second of three.
        let consumer = world.consumer("group", "consumer");
        let pending = world.read(&*consumer, 3);
        if pending[1].is_redelivered {
            let _ = expect("attempt counted", consumer.count_attempt(&pending[1].entry));
        }
    }
    let report = consume(world, |report| report.done == 2 && report.crashed == 1);
    assert_eq!((report.crashed, kept.numbers().into_iter().collect::<Vec<_>>()), (1, vec![0, 2]));
    assert_eq!(header(&dead_letters(world)[0].message, "dlq_reason"), "crashed");
}

/// With `dedup`, receivers run once for an event that was published twice.
pub fn duplicates_are_recognized(world: &World<'_>) {
    let kept = world.keep();
    let (first, second) = (world.message("key", 1), world.message("key", 2));
    world.publish(&[first.clone(), second.clone(), first, second]);
    let mut settings = quick();
    settings.dedup = true;
    let consumer = world.start("group", "consumer", settings);
    world.wait_until("all are processed", || consumer.report().done == 4);
    let report = expect("stopped", consumer.stop(DRAIN));
    assert!(report.repeats >= 2, "{report:?}");
    assert_eq!(kept.all().len(), 2);
}

/// An event whose receiver takes longer than the claim time is renewed, and not claimed by others.
pub fn a_slow_receiver_keeps_its_event(world: &World<'_>) {
    let runs = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&runs);
    let _connection = world.receive("slow", move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(IDLE * 2);
        Ok(())
    });
    world.publish(&[world.message("key", 1)]);
    let consumers = ["first", "second"].map(|name| world.start("group", name, quick()));
    world.wait_until("it is processed", || consumers.iter().any(|consumer| consumer.report().done == 1));
    for consumer in consumers {
        expect("stopped", consumer.stop(DRAIN));
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 0));
}

/// An event of another release is read with the schema that the bus stores. Without that schema it becomes a dead letter,
/// and is not misread.
pub fn another_writers_events_are_read_by_its_schema(world: &World<'_>) {
    let kept = world.keep();
    let own = match SUITE_TESTED.schema() {
        Ok(schema) => schema.as_str(),
        Err(error) => panic!("{error}"),
    };
    let mut schema: serde_json::Value = expect("our own schema", serde_json::from_str(own));
    if let Some(fields) =
        schema.pointer_mut("/fields/0/type/fields").and_then(serde_json::Value::as_array_mut)
    {
        fields.pop();
    }
    let schema = schema.to_string();
    let fingerprint = expect("a schema", Fingerprint::of_schema(&schema));
    let older = |number| {
        let mut message = world.message("older", number);
        // The last field is null, which is one byte.
        message.payload.as_mut().and_then(Vec::pop);
        message.headers.push(Header::new(SCHEMA_FINGERPRINT, fingerprint.to_string()));
        message
    };
    world.publish(&[older(0)]);
    let report = consume(world, |report| report.undecodable == 1);
    assert_eq!((report.done, report.undecodable), (0, 1));
    assert!(header(&dead_letters(world)[0].message, "dlq_error").contains("is not known"));

    expect("stored", world.backend().store_schemas(&world.topic, &[(fingerprint, &schema)]));
    world.publish(&[older(1), world.message("own", 2)]);
    consume(world, |report| report.done == 2);
    assert_eq!(kept.numbers().into_iter().collect::<Vec<_>>(), [1, 2]);
}
