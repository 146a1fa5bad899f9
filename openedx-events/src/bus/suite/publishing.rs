//! Published messages are stored, unchanged, in their topic.

use std::time::Duration;

use super::world::{World, expect, read_once};
use crate::avro::Fingerprint;
use crate::bus::{EntryWrite, Header, Message};

/// Headers and payload are read as they were published, whatever bytes they are.
pub fn messages_are_unchanged(world: &World<'_>) {
    let mut message = world.message("a key", 1);
    message.headers.push(Header { name: b"odd".into(), value: vec![0, 255, 10, 13, 200].into() });
    message.headers.push(Header::new("empty", ""));
    message.headers.push(Header::new("long", "x".repeat(70_000)));
    let mut large = world.message("a key", 2);
    large.payload = Some((0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect());
    let mut small = world.message("a key", 3);
    small.payload = Some(Vec::new());
    small.headers.push(Header::new("twice", "first"));
    small.headers.push(Header::new("twice", "second"));
    let mut none = world.message("a key", 4);
    none.payload = None;
    let messages = [message, large, small, none];
    world.publish(&messages);
    let consumer = world.consumer("group", "consumer");
    let read: Vec<_> = world.read(&*consumer, 4).into_iter().map(|delivery| delivery.message).collect();
    assert!(read == messages, "{read:?}");
}

/// Messages survive their producer and its handle to the backend.
pub fn published_messages_are_stored(world: &World<'_>) {
    {
        let backend = world.other_backend();
        let mut producer = expect("a producer", backend.producer());
        for number in 0..10 {
            expect(
                "published",
                producer.publish(&world.topic, &world.messages(number * 10..number * 10 + 10)),
            );
        }
    }
    assert_eq!(world.read(&*world.consumer("group", "consumer"), 100).len(), 100);
}

/// What is published is there when the call returns, not when the producer is dropped.
pub fn published_messages_are_stored_at_once(world: &World<'_>) {
    let mut producer = expect("a producer", world.backend().producer());
    for number in 1..=3 {
        expect("published", producer.publish(&world.topic, &[world.message("key", number)]));
        let stored = expect("browsed", world.other_backend().browse(&world.topic, None, 10));
        assert_eq!(stored.len(), number);
    }
}

/// Many producers publish at the same time.
pub fn many_publishers_lose_nothing(world: &World<'_>) {
    std::thread::scope(|scope| {
        for publisher in 0..8 {
            scope.spawn(move || {
                let backend = world.other_backend();
                let mut producer = expect("a producer", backend.producer());
                for batch in 0..10 {
                    let first = publisher * 1000 + batch * 10;
                    expect("published", producer.publish(&world.topic, &world.messages(first..first + 10)));
                }
            });
        }
    });
    let read = world.read(&*world.consumer("group", "consumer"), 800);
    let mut payloads: Vec<_> = read.into_iter().map(|delivery| delivery.message.payload).collect();
    payloads.sort();
    payloads.dedup();
    assert_eq!(payloads.len(), 800);
}

/// A topic has its own messages only.
pub fn topics_are_separate(world: &World<'_>) {
    let second = world.second_topic();
    let (first_message, second_message) = (world.message("a", 1), world.message("b", 2));
    world.publish(std::slice::from_ref(&first_message));
    world.publish_to(&second, std::slice::from_ref(&second_message));
    let consumer = world.consumer("group", "consumer");
    let read_first: Vec<Message> =
        world.read(&*consumer, 1).into_iter().map(|delivery| delivery.message).collect();
    assert!(read_first == [first_message]);
    assert!(read_once(&*consumer, 1, Duration::from_millis(50)).deliveries.is_empty());
    let browsed = expect("browsed", world.backend().browse(&second, None, 10));
    assert!(browsed.len() == 1 && browsed[0].message == second_message);
}

/// A new group reads what was published before it was created.
pub fn a_new_group_reads_old_messages(world: &World<'_>) {
    world.publish(&world.messages(0..20));
    let first = world.consumer("first", "consumer");
    world.read(&*first, 10);
    let second = world.consumer("second", "consumer");
    assert_eq!(world.read(&*second, 20).len(), 20);
}

/// Browsing does not consume.
pub fn browsing_changes_nothing(world: &World<'_>) {
    let messages = world.messages(0..25);
    world.publish(&messages);
    let other = world.consumer("other", "consumer");
    let pending = world.read(&*other, 3);
    let groups = || expect("groups", world.backend().groups(&world.topic));
    let state =
        || groups().into_iter().map(|group| (group.name, group.lag, group.pending)).collect::<Vec<_>>();
    let before = state();
    let (mut browsed, mut after) = (Vec::new(), None);
    loop {
        let page = expect("browsed", world.backend().browse(&world.topic, after.as_ref(), 10));
        let Some(last) = page.last() else { break };
        after = Some(last.entry.clone());
        browsed.extend(page.into_iter().map(|delivery| delivery.message));
    }
    assert!(browsed == messages);
    assert_eq!(state(), before);
    assert_eq!(expect("attempt counted", other.count_attempt(&pending[0].entry)), EntryWrite::Done(1));
    assert_eq!(world.read(&*world.consumer("group", "consumer"), 25).len(), 25);
    let nothing = expect("browsed", world.backend().browse(&world.second_topic(), None, 10));
    assert!(nothing.is_empty());
}

/// A stored schema is visible to other processes, and stays.
pub fn schemas_are_stored(world: &World<'_>) {
    let (first, second) = (Fingerprint::from(1), Fingerprint::from(2));
    assert_eq!(expect("looked up", world.backend().schema(&world.topic, first)), None);
    expect(
        "stored",
        world.backend().store_schemas(&world.topic, &[(first, "\"long\""), (second, "\"string\"")]),
    );
    expect("stored", world.backend().store_schemas(&world.topic, &[(first, "\"long\"")]));
    expect("stored", world.backend().store_schemas(&world.topic, &[(first, "\"bytes\"")]));
    expect("stored", world.backend().store_schemas(&world.topic, &[]));
    let other = world.other_backend();
    assert_eq!(expect("looked up", other.schema(&world.topic, first)).as_deref(), Some("\"long\""));
    assert_eq!(expect("looked up", other.schema(&world.topic, second)).as_deref(), Some("\"string\""));
}
