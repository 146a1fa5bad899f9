//! What operators look at and repair.

use std::time::{Duration, SystemTime};

use super::world::{World, entries, expect};
use crate::bus::{
    Admin, DeadLetter, DeadLetterReason, EntryId, PendingEntry, Position, Seek, StartAt, Subscription, Topic,
};

/// What operators need, if the backend offers it.
fn admin<'a>(world: &'a World<'_>) -> Option<&'a dyn Admin> {
    let admin = world.backend().admin();
    if admin.is_none() {
        world.skip_because("the backend offers no `Admin`");
    }
    admin
}

fn stored(world: &World<'_>) -> Vec<EntryId> {
    entries(&expect("browsed", world.backend().browse(&world.topic, None, 1000)))
}

/// Topics are listed with their lengths and ages, and those with dead letters alone as well.
pub fn topics_are_listed(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    let second = world.second_topic();
    let find = |topic: &Topic| {
        let topics = expect("topics", admin.topics());
        assert!(topics.is_sorted_by(|one, other| one.topic < other.topic), "sorted, without repetition");
        topics.into_iter().find(|info| info.topic == *topic)
    };
    assert_eq!((find(&world.topic), find(&second)), (None, None));
    // The clock of the bus may be another one.
    let minutes = Duration::from_secs(600);
    let (earliest, started) = (SystemTime::now() - minutes, SystemTime::now());
    // A group, so that nothing is removed.
    expect("a group", world.backend().create_group(&world.topic, "group", StartAt::Earliest));
    world.publish(&world.messages(0..3));
    world.publish_to(&second, &world.messages(0..2));
    let of_second = Subscription { topic: second.clone(), ..world.subscription("group", "consumer") };
    let consumer = world.subscribe(&of_second);
    let letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    let _ = expect("a dead letter", consumer.dead_letter(&world.read(&*consumer, 2)[0], &letter));
    let Some(info) = find(&world.topic) else { panic!("the topic is not listed") };
    assert_eq!((info.length, info.dead_letters.unwrap_or(0)), (3, 0));
    for stored in [info.oldest, info.newest].into_iter().flatten() {
        assert!((earliest..started + minutes).contains(&stored), "stored at {stored:?}");
    }
    assert!(info.oldest <= info.newest);
    assert_eq!(find(&second).map(|info| info.dead_letters.unwrap_or(1)), Some(1));
    assert_eq!(find(&second.dead_letters()), None, "it is not a topic of its own");
}

/// Positions are found by entry and by time, and what is behind them is counted.
pub fn positions_are_found(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    let position = |position| expect("a position", admin.position(&world.topic, &position));
    let behind = |after: Option<&EntryId>| {
        let browsed = expect("browsed", world.backend().browse(&world.topic, after, 1000)).len() as u64;
        assert_eq!(expect("counted", admin.count(&world.topic, after)), browsed);
        browsed
    };
    let hour = Duration::from_secs(3600);
    for empty in [Position::First, Position::End, Position::Time(SystemTime::now())] {
        assert_eq!(behind(position(empty).as_ref()), 0);
    }
    assert!(!expect("looked", world.backend().has_topic(&world.topic)), "a query created the topic");
    world.publish(&world.messages(0..10));
    let ids = stored(world);
    assert_eq!(behind(position(Position::First).as_ref()), 10);
    assert_eq!(behind(position(Position::End).as_ref()), 0);
    assert_eq!(behind(position(Position::Time(SystemTime::now() - hour)).as_ref()), 10);
    assert_eq!(behind(position(Position::Time(SystemTime::now() + hour)).as_ref()), 0);
    for (index, id) in (0..).zip(&ids) {
        assert_eq!(behind(position(Position::At(id.clone())).as_ref()), 10 - index, "before {id}");
        assert_eq!(behind(Some(id)), 9 - index, "behind {id}");
    }
    // The time of an entry, as far as the backend tells it.
    let info = expect("topics", admin.topics()).into_iter().find(|info| info.topic == world.topic);
    if let Some(oldest) = info.and_then(|info| info.oldest) {
        assert_eq!(behind(position(Position::Time(oldest)).as_ref()), 10);
    }
}

/// Entries are read by their ids.
pub fn entries_are_read_by_their_ids(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    world.publish(&world.messages(0..3));
    let ids = stored(world);
    expect("removed", admin.remove(&world.topic, &ids[1..2]));
    let asked = [ids[2].clone(), ids[1].clone(), ids[0].clone()];
    let read = expect("read", admin.entries(&world.topic, &asked));
    let keys: Vec<_> =
        read.iter().map(|delivery| delivery.as_ref().and_then(|each| each.message.key())).collect();
    assert_eq!(keys, [Some(&b"key-2"[..]), None, Some(b"key-0")]);
    let elsewhere = expect("read", admin.entries(&world.second_topic(), &ids[..1]));
    assert!(elsewhere.iter().all(Option::is_none));
}

/// What consumers have in flight is listed, page by page.
pub fn pending_entries_are_listed(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    let list = |group: &str, after: Option<&EntryId>, max| {
        expect("pending", admin.pending(&world.topic, group, after, max))
    };
    assert!(list("nobody", None, 10).is_empty());
    assert!(!expect("looked", world.backend().has_topic(&world.topic)), "a query created the topic");
    world.publish(&world.messages(0..10));
    assert!(list("nobody", None, 10).is_empty());
    let (first, second) = (world.consumer("group", "first"), world.consumer("group", "second"));
    let of_first = entries(&world.read(&*first, 4));
    let of_second = entries(&world.read(&*second, 2));
    expect("acknowledged", first.acknowledge(&of_first[..1]));
    let all = list("group", None, 100);
    let of = |consumer: &str| -> Vec<_> {
        all.iter().filter(|each| each.consumer == consumer).map(|each| each.entry.clone()).collect()
    };
    assert_eq!((of("first"), of("second")), (of_first[1..].to_vec(), of_second));
    assert!(all.iter().all(|each| each.idle.is_none_or(|idle| idle < world.timeout)), "{all:?}");
    assert!(all.iter().all(|each| each.deliveries.is_none_or(|deliveries| deliveries == 1)), "{all:?}");
    // The same, page by page.
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = list("group", after.as_ref(), 2);
        let Some(end) = page.last() else { break };
        after = Some(end.entry.clone());
        pages.extend(page);
    }
    let ids = |pending: &[PendingEntry]| pending.iter().map(|each| each.entry.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&pages), ids(&all));
}

/// The oldest entry that a group has not acknowledged is known, if the backend can tell.
pub fn the_oldest_entry_of_a_group_is_known(world: &World<'_>) {
    let oldest = |name: &str| {
        let groups = expect("groups", world.backend().groups(&world.topic));
        groups.into_iter().find(|group| group.name == name).and_then(|group| group.oldest)
    };
    expect("a group", world.backend().create_group(&world.topic, "late", StartAt::Earliest));
    assert_eq!(oldest("late"), None, "there is nothing");
    let consumer = world.consumer("group", "consumer");
    world.publish(&world.messages(0..2));
    let read = entries(&world.read(&*consumer, 2));
    let Some(age) = oldest("late") else { return world.skip_because("the backend cannot tell ages") };
    assert!(age < world.timeout, "{age:?}");
    // It is older than what is published later, also while it is in flight.
    expect("acknowledged", consumer.acknowledge(&read[1..]));
    assert!(oldest("group").is_some_and(|first| first >= age));
    expect("acknowledged", consumer.acknowledge(&read[..1]));
    assert_eq!(oldest("group"), None);
}

/// A group that is moved back reads again what it has acknowledged, and one that is moved on does not read what it skips.
pub fn a_group_is_moved(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    let seek = |group, after: Option<&EntryId>| expect("moved", admin.seek(&world.topic, group, after));
    assert_eq!(seek("group", None), Seek::NoGroup);
    // Another group, so that acknowledged entries are not removed.
    expect("a group", world.backend().create_group(&world.topic, "other", StartAt::Earliest));
    world.publish(&world.messages(0..10));
    assert_eq!(seek("group", None), Seek::NoGroup);
    let ids = stored(world);
    let consumer = world.consumer("group", "consumer");
    let read = entries(&world.read(&*consumer, 6));
    expect("acknowledged", consumer.acknowledge(&read[..5]));
    assert_eq!(seek("group", Some(&ids[2])), Seek::InUse(vec!["consumer".to_owned()]));
    drop(consumer);
    let state = || {
        let groups = expect("groups", world.backend().groups(&world.topic));
        groups.into_iter().find(|group| group.name == "group").map(|group| (group.lag, group.pending))
    };
    assert_eq!(state(), Some((Some(4), 1)), "nothing was changed while the consumer was running");
    assert_eq!(seek("group", Some(&ids[2])), Seek::Moved);
    assert_eq!(state(), Some((Some(7), 0)), "what was pending behind it is read again");
    let consumer = world.consumer("group", "consumer");
    let again = world.read(&*consumer, 7);
    assert_eq!(entries(&again), ids[3..]);
    assert!(again.iter().all(|delivery| !delivery.is_redelivered), "they are read as new ones");
    expect("acknowledged", consumer.acknowledge(&ids[5..]));
    drop(consumer);
    assert_eq!(seek("group", Some(&ids[7])), Seek::Moved);
    assert_eq!(state(), Some((Some(2), 2)), "what was pending up to it stays pending");
    let consumer = world.consumer("group", "consumer");
    assert_eq!(entries(&world.read(&*consumer, 4)), [&ids[3], &ids[4], &ids[8], &ids[9]].map(Clone::clone));
    expect("acknowledged", consumer.acknowledge(&ids));
    drop(consumer);
    assert_eq!(seek("group", None), Seek::Moved);
    assert_eq!(state(), Some((Some(10), 0)));
    let end = expect("a position", admin.position(&world.topic, &Position::End));
    assert_eq!(seek("group", end.as_ref()), Seek::Moved);
    assert_eq!(state(), Some((Some(0), 0)));
    world.publish(&[world.message("new", 10)]);
    let consumer = world.consumer("group", "consumer");
    assert!(world.read(&*consumer, 1)[0].message.key() == Some(b"new"));
}

/// Entries are removed one by one, and the others stay.
pub fn entries_are_removed(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    let remove = |ids: &[EntryId]| expect("removed", admin.remove(&world.topic, ids));
    let length = || {
        let topics = expect("topics", admin.topics());
        topics.into_iter().find(|info| info.topic == world.topic).map(|info| info.length)
    };
    world.publish(&world.messages(0..6));
    let ids = stored(world);
    assert_eq!(remove(&ids[2..4]), 2);
    assert_eq!(remove(&ids[2..4]), 0, "they are gone");
    assert_eq!(length(), Some(4));
    assert_eq!(stored(world), [&ids[0], &ids[1], &ids[4], &ids[5]].map(Clone::clone));
    assert_eq!(expect("counted", admin.count(&world.topic, None)), 4);
    assert_eq!(expect("counted", admin.count(&world.topic, Some(&ids[1]))), 2);
    assert_eq!((remove(&ids[..2]), remove(&[ids[5].clone()])), (2, 1), "at the beginning and at the end");
    assert_eq!((stored(world), length()), (vec![ids[4].clone()], Some(1)));
    // A group reads the rest, and what comes then.
    world.publish(&[world.message("new", 6)]);
    let consumer = world.consumer("group", "consumer");
    let read = world.read(&*consumer, 2);
    assert_eq!((&read[0].entry, read[1].message.key()), (&ids[4], Some(&b"new"[..])));
    expect("acknowledged", consumer.acknowledge(&entries(&read)));
    drop(consumer);
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 0));
    assert_eq!(expect("removed", admin.remove(&world.second_topic(), &ids)), 0, "there is no such topic");
}

/// An id of another backend is refused, and the error names it.
pub fn ids_of_others_are_refused(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    world.publish(&world.messages(0..1));
    let id = EntryId::new("no/such/id");
    let errors = [
        admin.position(&world.topic, &Position::At(id.clone())).err(),
        admin.count(&world.topic, Some(&id)).err(),
        admin.entries(&world.topic, std::slice::from_ref(&id)).err(),
        admin.pending(&world.topic, "group", Some(&id), 1).err(),
        admin.seek(&world.topic, "group", Some(&id)).err(),
        admin.remove(&world.topic, std::slice::from_ref(&id)).err(),
    ];
    for error in errors {
        let Some(error) = error else { panic!("it was accepted") };
        assert!(!error.is_transient() && error.to_string().contains("no/such/id"), "{error}");
    }
    assert_eq!(stored(world).len(), 1);
}

/// An inspection changes nothing, and says something.
pub fn an_inspection_changes_nothing(world: &World<'_>) {
    let Some(admin) = admin(world) else { return };
    let findings = expect("inspected", admin.inspect(std::slice::from_ref(&world.topic)));
    assert!(!findings.is_empty());
    for finding in findings {
        assert!(!finding.subject.is_empty() && !finding.detail.is_empty(), "{finding:?}");
        assert_eq!(finding.remedy.is_some(), finding.level != crate::bus::FindingLevel::Ok, "{finding:?}");
    }
    assert!(!expect("looked", world.backend().has_topic(&world.topic)), "it created the topic");
}
