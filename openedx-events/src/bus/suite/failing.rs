//! Receivers that fail, and messages that are no events.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::event::SUITE_TESTED;
use super::world::{IDLE, World, expect, quick, read, wait_until};
use crate::avro::Fingerprint;
use crate::bus::{
    Consumer, ConsumerReport, DeadLetter, DeadLetterReason, Delivery, Header, Message, SCHEMA_FINGERPRINT,
    TYPE,
};
use crate::receiver::retry::Permanent;
use crate::signal::any::AnySignal as _;
use crate::sync::lock;

/// Consumes until the condition holds.
fn consume(world: &World<'_>, until: impl Fn(&ConsumerReport) -> bool) -> ConsumerReport {
    let consumer = world.start("group", "consumer", quick());
    wait_until("the events are done with", || until(&consumer.report()));
    let report = expect("stopped", consumer.stop(Duration::from_secs(30)));
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

/// A receiver that fails twice is run three times.
pub fn what_fails_comes_again(world: &World<'_>) {
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

/// Those that are done are not run again.
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
    assert_eq!(*lock(&runs), ["first", "second", "third", "second", "third", "second"]);
}

/// An event whose receiver fails at every attempt is a dead letter with all that it was, and what became of it.
pub fn what_never_works_is_a_dead_letter(world: &World<'_>) {
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
    let mut letters = dead_letters(world);
    letters.sort_by_key(|letter| header(&letter.message, "dlq_attempts").into_owned());
    let told: Vec<_> = letters
        .iter()
        .map(|letter| {
            ["dlq_reason", "dlq_group", "dlq_receiver", "dlq_error", "dlq_attempts"]
                .map(|name| header(&letter.message, name))
        })
        .collect();
    assert_eq!(
        told,
        [
            ["receiver_failed", "group", &receiver, "do not try again", "1"],
            ["receiver_failed", "group", &receiver, "no way", "3"]
        ]
    );
    for (letter, original) in letters.iter().zip([&messages[2], &messages[1]]) {
        assert_eq!(letter.message.payload, original.payload);
        assert!(letter.message.headers.starts_with(&original.headers));
    }
}

/// Burying tells how many dead letters the topic has, whichever group and process they are of.
pub fn dead_letters_are_counted(world: &World<'_>) {
    let (second, other) = (world.second_topic(), world.other_backend());
    world.publish(&world.messages(0..2));
    world.publish_to(&second, &world.messages(0..1));
    let letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    let bury = |consumer: &dyn Consumer| {
        let deliveries = read(consumer, 1);
        expect("buried", consumer.dead_letter(&deliveries[0], &letter))
    };
    let (here, there) = (world.consumer("a", "consumer"), world.subscription("b", "consumer"));
    let there = expect("a consumer", other.consumer(&there));
    let mut elsewhere = world.subscription("a", "consumer");
    elsewhere.topic = second;
    let elsewhere = expect("a consumer", other.consumer(&elsewhere));
    let counted = [bury(&*here), bury(&*there), bury(&*elsewhere), bury(&*here), bury(&*there)];
    if counted == [None; 5] {
        return world.left_out("it does not tell how many dead letters there are");
    }
    assert_eq!(counted, [1, 2, 1, 3, 4].map(Some));
    assert_eq!(dead_letters(world).len(), 4);
}

/// What is no event is a dead letter with its bytes, and holds up nothing.
pub fn poison_is_a_dead_letter(world: &World<'_>) {
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
    let letters = dead_letters(world);
    for original in &poison {
        let letter = letters.iter().find(|letter| letter.message.headers.starts_with(&original.headers));
        let Some(letter) = letter else { panic!("no letter of {original:?}") };
        assert_eq!(letter.message.payload, original.payload);
        assert_eq!(header(&letter.message, "dlq_reason"), "undecodable");
        assert!(!header(&letter.message, "dlq_error").is_empty());
    }
}

/// An event of a type that nobody knows is a dead letter, and not acknowledged unseen.
pub fn unknown_types_are_dead_letters(world: &World<'_>) {
    let mut message = world.message("key", 1);
    message.headers.retain(|header| *header.name != *TYPE.as_bytes());
    message.headers.push(Header::new(TYPE, "org.example.bus.suite.unknown.v1"));
    world.publish(std::slice::from_ref(&message));
    let report = consume(world, |report| report.unknown_types == 1);
    assert_eq!(report.unknown_types, 1);
    assert_eq!(header(&dead_letters(world)[0].message, "dlq_reason"), "unknown_type");
}

/// An event that kills its process again and again becomes a dead letter, and those beside it do not.
pub fn a_crash_is_counted(world: &World<'_>) {
    let kept = world.keep();
    world.publish(&world.messages(0..3));
    for _ in 0..4 {
        // A process that dies while it handles the second of three.
        let consumer = world.consumer("group", "consumer");
        let begun = read(&*consumer, 3);
        if begun[1].is_redelivered {
            expect("marked", consumer.count_attempt(&begun[1].entry));
        }
    }
    let report = consume(world, |report| report.done == 2 && report.crashed == 1);
    assert_eq!((report.crashed, kept.numbers().into_iter().collect::<Vec<_>>()), (1, vec![0, 2]));
    assert_eq!(header(&dead_letters(world)[0].message, "dlq_reason"), "crashed");
}

/// An event that was published twice, as its sender did not know, has its effect once if one asks for it.
pub fn doubles_are_recognised(world: &World<'_>) {
    let kept = world.keep();
    let (first, second) = (world.message("key", 1), world.message("key", 2));
    world.publish(&[first.clone(), second.clone(), first, second]);
    let mut settings = quick();
    settings.dedup = true;
    let consumer = world.start("group", "consumer", settings);
    wait_until("all are done with", || consumer.report().done == 4);
    let report = expect("stopped", consumer.stop(Duration::from_secs(30)));
    assert!(report.repeats >= 2, "{report:?}");
    assert_eq!(kept.all().len(), 2);
}

/// A receiver that takes longer than the claim time keeps its event: nobody else runs it beside.
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
    wait_until("it is done", || consumers.iter().any(|consumer| consumer.report().done == 1));
    for consumer in consumers {
        expect("stopped", consumer.stop(Duration::from_secs(30)));
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 0));
}

/// An event that another release has written is read by the schema that the bus keeps; without it, it is a dead letter and
/// not misread.
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
