//! Groups: each reads everything, and its consumers share the work.

use std::collections::BTreeSet;
use std::time::Duration;

use super::world::{DRAIN, World, entries, expect, quick, read_once};
use crate::bus::{EntryId, EntryWrite, ErrorKind, StartAt, Subscription};
use crate::sync::lock;

/// Each group reads every event.
pub fn each_group_reads_everything(world: &World<'_>) {
    world.publish(&world.messages(0..50));
    let groups = ["a", "b", "c"];
    for (group, consumer) in groups.map(|group| (group, world.consumer(group, "consumer"))) {
        let read = world.read(&*consumer, 50);
        assert!(read.iter().all(|delivery| !delivery.is_redelivered), "{group}");
        // Done for this group, and for no other.
        expect("acknowledged", consumer.acknowledge(&entries(&read)));
    }
}

/// Each event goes to one consumer of a group.
pub fn a_group_shares_the_work(world: &World<'_>) {
    world.publish(&world.messages(0..300));
    let consumers: Vec<_> =
        (0..3).map(|number| world.consumer("group", &format!("consumer-{number}"))).collect();
    let mut seen = BTreeSet::new();
    for round in 0.. {
        let consumer = &consumers[round % consumers.len()];
        let read = read_once(&**consumer, 7, Duration::from_millis(20)).deliveries;
        expect("acknowledged", consumer.acknowledge(&entries(&read)));
        let before = seen.len();
        seen.extend(entries(&read));
        assert_eq!(seen.len(), before + read.len(), "an entry was delivered twice");
        if seen.len() == 300 || round > 3000 {
            break;
        }
    }
    assert_eq!(seen.len(), 300);
}

/// A consumer that joins a group with a backlog skips nothing.
pub fn a_joining_consumer_skips_nothing(world: &World<'_>) {
    expect("a group", world.backend().create_group(&world.topic, "group", StartAt::Earliest));
    world.publish(&world.messages(0..40));
    let first = world.consumer("group", "first");
    let pending = world.read(&*first, 10);
    let second = world.consumer("group", "second");
    let rest = world.read(&*second, 30);
    let mut all = entries(&pending);
    all.extend(entries(&rest));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 40);
}

/// A consumer whose group is deleted reads everything again, instead of nothing.
pub fn a_deleted_group_is_created_again(world: &World<'_>) {
    // Another group, so that acknowledged entries are not removed.
    let _other = world.consumer("other", "consumer");
    world.publish(&world.messages(0..5));
    let consumer = world.consumer("group", "consumer");
    let done = world.read(&*consumer, 5);
    expect("acknowledged", consumer.acknowledge(&entries(&done)));
    assert!(expect("deleted", world.backend().delete_group(&world.topic, "group")));
    assert!(!expect("deleted", world.backend().delete_group(&world.topic, "group")));
    let mut again = BTreeSet::new();
    let mut is_new = false;
    for _ in 0..100 {
        let batch = read_once(&*consumer, 10, Duration::from_millis(50));
        is_new |= batch.is_group_new;
        again.extend(entries(&batch.deliveries));
        if again.len() == 5 {
            break;
        }
    }
    assert_eq!((again.len(), is_new), (5, true));
}

/// A new group can start behind the last entry; an existing one keeps its position.
pub fn latest_starts_behind_the_last_entry(world: &World<'_>) {
    world.publish(&world.messages(0..5));
    let subscription = Subscription { start: StartAt::Latest, ..world.subscription("group", "consumer") };
    let consumer = expect("a consumer", world.backend().consumer(&subscription));
    world.publish(&[world.message("new", 5)]);
    let read_new = world.read(&*consumer, 1);
    assert!(read_new[0].message.key() == Some(b"new"));
    expect("acknowledged", consumer.acknowledge(&entries(&read_new)));
    drop(consumer);
    world.publish(&[world.message("while down", 6)]);
    let consumer = expect("a consumer", world.backend().consumer(&subscription));
    let read_then = world.read(&*consumer, 1);
    assert!(read_then[0].message.key() == Some(b"while down"));
}

/// Topics exist when they should, and their groups are listed with lag and pending entries.
pub fn groups_are_listed(world: &World<'_>) {
    let second = world.second_topic();
    let exists = |topic| expect("looked", world.backend().has_topic(topic));
    assert!(!exists(&world.topic) && !exists(&second));
    assert!(expect("groups", world.backend().groups(&world.topic)).is_empty());
    assert!(!exists(&world.topic), "a query created the topic");
    world.publish_to(&second, &world.messages(0..1));
    assert!(!exists(&world.topic) && exists(&second));
    assert!(expect("created", world.backend().create_group(&world.topic, "b", StartAt::Earliest)));
    assert!(exists(&world.topic));
    assert!(!expect("created", world.backend().create_group(&world.topic, "b", StartAt::Latest)));
    world.publish(&world.messages(0..10));
    let consumer = world.consumer("a", "me");
    let pending = world.read(&*consumer, 4);
    expect("acknowledged", consumer.acknowledge(&entries(&pending[..1])));
    let groups = expect("groups", world.backend().groups(&world.topic));
    let listed: Vec<_> = groups.iter().map(|group| (group.name.as_str(), group.lag, group.pending)).collect();
    assert_eq!(listed, [("a", Some(6), 3), ("b", Some(10), 0)]);
    assert_eq!(groups[0].consumers, ["me"]);
}

/// Several consumers read several topics at the same time, and every event arrives.
pub fn many_consumers_of_many_topics(world: &World<'_>) {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    let kept = std::sync::Arc::clone(&seen);
    let _connection = world.receive("keep", move |data| {
        lock(&kept).insert(data.number);
        Ok(())
    });
    let second = world.second_topic();
    let consumers: Vec<_> = (0..2)
        .map(|number| {
            let consumer = crate::bus::EventConsumer::new(world.other_backend(), "group")
                .name(format!("consumer-{number}"))
                .topic(world.topic.clone())
                .topic(second.clone())
                .settings(quick());
            expect("a running consumer", consumer.start())
        })
        .collect();
    std::thread::scope(|scope| {
        for part in 0..4 {
            let topic = if part % 2 == 0 { &world.topic } else { &second };
            scope.spawn(move || {
                for batch in 0..10 {
                    let first = part * 1000 + batch * 25;
                    world.publish_to(topic, &world.messages(first..first + 25));
                }
            });
        }
    });
    world.wait_until("all have arrived", || lock(&seen).len() == 1000);
    for consumer in consumers {
        expect("stopped", consumer.stop(DRAIN));
    }
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 0));
}

/// Skipping skips the entries that the group has not read, and keeps its pending ones.
pub fn skipping_skips_unread_entries(world: &World<'_>) {
    assert!(!expect("skipped", world.backend().skip(&world.topic, "group")));
    world.publish(&world.messages(0..10));
    let consumer = world.consumer("group", "consumer");
    let pending = world.read(&*consumer, 3);
    assert!(expect("skipped", world.backend().skip(&world.topic, "group")));
    assert!(!expect("skipped", world.backend().skip(&world.topic, "nobody")));
    world.publish(&[world.message("new", 10)]);
    let read_new = world.read(&*consumer, 1);
    assert!(read_new[0].message.key() == Some(b"new"));
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 4));
    expect("acknowledged", consumer.acknowledge(&entries(&pending)));
    expect("acknowledged", consumer.acknowledge(&entries(&read_new)));
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 0));
}

/// Two consumers of a group have two names: the second of a name is refused while the first lives. Then the name is free.
pub fn a_name_is_one_consumers(world: &World<'_>) {
    world.publish(&world.messages(0..3));
    let first = world.consumer("group", "consumer");
    let held = world.read(&*first, 2);
    let subscription = world.subscription("group", "consumer");
    match world.try_subscribe(&subscription) {
        Ok(_) => panic!("two consumers have one name"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(error.to_string().contains("`consumer`"), "{error}");
        }
    }
    let _others = [world.consumer("group", "other"), world.consumer("other", "consumer")];
    assert_eq!(expect("attempt counted", first.count_attempt(&held[0].entry)), EntryWrite::Done(1));
    expect("acknowledged", first.acknowledge(&entries(&held[..1])));
    drop(first);
    let next = expect("a consumer", world.try_subscribe(&subscription));
    let read = world.read(&*next, 2);
    assert_eq!(read[0].entry, held[1].entry);
    assert!(read[0].is_redelivered && !read[1].is_redelivered);
}

/// A consumer that is dropped and leaves nothing is not listed any more. What one has left stays, and goes to others.
pub fn consumers_that_leave_nothing_are_not_listed(world: &World<'_>) {
    world.publish(&world.messages(0..4));
    let consumers = || expect("groups", world.backend().groups(&world.topic)).swap_remove(0).consumers;
    for number in 0..5 {
        drop(world.consumer("group", &format!("idle-{number}")));
    }
    let first = world.consumer("group", "first");
    let done = world.read(&*first, 2);
    let second = world.consumer("group", "second");
    let left = world.read(&*second, 2);
    assert_eq!(consumers(), ["first", "second"]);
    expect("acknowledged", first.acknowledge(&entries(&done)));
    drop(first);
    assert_eq!(consumers(), ["second"]);
    drop(second);
    assert_eq!(expect("groups", world.backend().groups(&world.topic))[0].pending, 2);
    let third = world.consumer("group", "third");
    let claimed = entries(&world.claim(&*third, 2));
    let sorted = |mut entries: Vec<EntryId>| {
        entries.sort();
        entries
    };
    assert_eq!(sorted(claimed.clone()), sorted(entries(&left)));
    expect("acknowledged", third.acknowledge(&claimed));
    // Who comes back under a name that was removed is a consumer as before.
    let first = world.consumer("group", "first");
    world.publish(&world.messages(4..5));
    world.read(&*first, 1);
    assert!(consumers().contains(&"first".to_owned()));
}
