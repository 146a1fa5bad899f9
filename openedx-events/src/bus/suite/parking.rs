//! Parking: events that wait for receivers leave the topic, and are neither lost, nor doubled, nor out of order.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::world::{IDLE, World, entries, expect, read_once};
use crate::bus::{
    Consumer, DeadLetter, DeadLetterReason, Delivery, EntryWrite, GroupInfo, KeyOrder, Message, ParkedChange,
    ParkedEvent, ParkedId, ParkedStart, ParkedStore, Parking, ReceiverFailure, Subscription, Waiting,
};

pub(super) const GROUP: &str = "group";

/// The store of a consumer, or `None` with a line if the backend has none.
pub(super) fn store<'c>(world: &World<'_>, consumer: &'c dyn Consumer) -> Option<&'c dyn ParkedStore> {
    let store = consumer.parked();
    if store.is_none() {
        world.skip_because("the backend does not park events");
    }
    store
}

/// A time with whole milliseconds, which every backend keeps.
fn since(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_767_225_600_123) + Duration::from_secs(seconds)
}

pub(super) fn waiting(receivers: &[&str]) -> Vec<Waiting> {
    let waiting =
        |(number, receiver): (u32, &&str)| Waiting::new(*receiver, since(u64::from(number))).after(number);
    (0..).zip(receivers).map(waiting).collect()
}

pub(super) fn letter(error: &str) -> DeadLetter {
    DeadLetter::of_receivers(vec![ReceiverFailure::new(error).of_receiver("suite::given_up").after(3)])
}

#[track_caller]
pub(super) fn park(store: &dyn ParkedStore, deliveries: &[Delivery], receivers: &[&str]) -> Vec<ParkedId> {
    let waiting = waiting(receivers);
    let parking = |delivery| Parking { delivery, waiting: &waiting, dead_letter: None };
    let events: Vec<_> = deliveries.iter().map(parking).collect();
    let ids = expect("parked", store.park(&events)).into_iter().map(|written| match written {
        EntryWrite::Done(id) => id,
        other => panic!("not parked: {other:?}"),
    });
    ids.collect()
}

#[track_caller]
pub(super) fn list(store: &dyn ParkedStore) -> Vec<ParkedEvent> {
    expect("listed", store.list(None, 1000))
}

fn ids(events: &[ParkedEvent]) -> Vec<ParkedId> {
    events.iter().map(|event| event.id).collect()
}

#[track_caller]
pub(super) fn start(store: &dyn ParkedStore, id: ParkedId) -> Option<Delivery> {
    start_again(store, id, 0)
}

/// The same for an event that was started this many times before.
#[track_caller]
fn start_again(store: &dyn ParkedStore, id: ParkedId, starts: u32) -> Option<Delivery> {
    expect("started", store.start(&[ParkedStart { id, starts, size: 0 }])).pop().flatten()
}

#[track_caller]
pub(super) fn settle(store: &dyn ParkedStore, id: ParkedId, receivers: &[&str]) {
    let waiting = waiting(receivers);
    let change = ParkedChange { id, waiting: &waiting, dead_letter: None };
    expect("settled", store.settle(&[change]));
}

#[track_caller]
pub(super) fn group(world: &World<'_>) -> GroupInfo {
    let groups = expect("groups", world.backend().groups(&world.topic));
    groups.into_iter().find(|group| group.name == GROUP).expect("the group")
}

pub(super) fn dead_letters(world: &World<'_>) -> Vec<Message> {
    let letters = expect("dead letters", world.backend().browse(&world.topic.dead_letters(), None, 100));
    letters.into_iter().map(|delivery| delivery.message).collect()
}

/// Parked events are acknowledged, and listed in the order in which they were parked.
pub fn parked_events_are_acknowledged(world: &World<'_>) {
    let consumer = world.consumer(GROUP, "consumer");
    let Some(store) = store(world, &*consumer) else { return };
    let mut messages = world.messages(0..4);
    messages.push(Message { headers: Vec::new(), payload: Some(vec![7; 30]) });
    world.publish(&messages);
    let deliveries = world.read(&*consumer, 5);
    assert!(list(store).is_empty());
    let first = park(store, &deliveries[..2], &["suite::one", "suite::two"]);
    let rest = park(store, &deliveries[2..], &["suite::two"]);
    assert!(first.iter().chain(&rest).is_sorted(), "{first:?} {rest:?}");
    let listed = list(store);
    assert_eq!(ids(&listed), [first, rest].concat());
    for (event, (message, number)) in listed.iter().zip(messages.iter().zip(0..)) {
        let receivers: &[_] = if number < 2 { &["suite::one", "suite::two"] } else { &["suite::two"] };
        let (key, size) = (message.key_hash(), message.size() as u64);
        assert_eq!(*event, ParkedEvent::new(event.id, key, size, waiting(receivers)));
    }
    let page = expect("listed", store.list(Some(listed[0].id), 2));
    assert_eq!(page, listed[1..3]);
    assert!(expect("listed", store.list(Some(listed[4].id), 2)).is_empty());
    assert_eq!((group(world).pending, group(world).parked), (0, 5));
    drop(consumer);
    let consumer = world.consumer(GROUP, "consumer");
    assert!(
        read_once(&*consumer, 5, Duration::from_millis(50)).deliveries.is_empty(),
        "they are not read again"
    );
}

/// Parked events are there after a restart of their consumer, and of the storage.
pub fn parked_events_survive(world: &World<'_>) {
    let consumer = world.consumer(GROUP, "consumer");
    let Some(parked) = store(world, &*consumer) else { return };
    world.publish(&world.messages(0..3));
    park(parked, &world.read(&*consumer, 3), &["suite::one"]);
    let before = list(parked);
    drop(consumer);
    if world.promises().durable {
        world.restart();
    }
    let consumer = world.consumer(GROUP, "consumer");
    let Some(parked) = store(world, &*consumer) else { return };
    assert_eq!(list(parked), before);
    start(parked, before[0].id).expect("it is there");
    settle(parked, before[0].id, &[]);
    world.publish(&world.messages(3..4));
    let later = park(parked, &world.read(&*consumer, 1), &["suite::one"]);
    assert!(later[0] > before[2].id, "numbers are not used again");
}

/// An event that starts comes back as it was, and counts as started until it is settled.
pub fn starts_are_counted(world: &World<'_>) {
    let consumer = world.consumer(GROUP, "consumer");
    let Some(parked) = store(world, &*consumer) else { return };
    let mut message = world.message("key", 0);
    message.payload = Some((0..=255).cycle().take(4 << 20).collect());
    world.publish(std::slice::from_ref(&message));
    let deliveries = world.read(&*consumer, 1);
    let id = park(parked, &deliveries, &["suite::one"])[0];
    let delivery = start(parked, id).expect("it is there");
    assert_eq!((&delivery.entry, &delivery.message), (&deliveries[0].entry, &message));
    assert!(!delivery.is_redelivered);
    // As after an error.
    start(parked, id).expect("it is there");
    drop(consumer);
    let consumer = world.consumer(GROUP, "consumer");
    let Some(parked) = store(world, &*consumer) else { return };
    assert_eq!(list(parked)[0].starts, 1);
    assert!(start_again(parked, id, 1).expect("it is there").is_redelivered);
    assert_eq!(list(parked)[0].starts, 2);
    settle(parked, id, &["suite::one"]);
    assert_eq!(list(parked)[0].starts, 0);
}

/// What an event waits for is replaced, and what waits for nothing is removed.
pub fn settled_events_are_removed(world: &World<'_>) {
    let consumer = world.consumer(GROUP, "consumer");
    let Some(store) = store(world, &*consumer) else { return };
    world.publish(&world.messages(0..2));
    let ids = park(store, &world.read(&*consumer, 2), &["suite::one", "suite::two"]);
    assert!(ids.iter().all(|id| start(store, *id).is_some()));
    settle(store, ids[0], &["suite::two"]);
    assert_eq!(list(store)[0].waiting, waiting(&["suite::two"]));
    // Twice, as after an error.
    for _ in 0..2 {
        settle(store, ids[0], &[]);
    }
    assert_eq!(start(store, ids[0]).map(|delivery| delivery.entry), None);
    assert_eq!((list(store)[0].id, list(store).len(), group(world).parked), (ids[1], 1, 1));
    settle(store, ids[1], &[]);
    assert_eq!((list(store), group(world).parked), (Vec::new(), 0));
}

/// Dead letters are stored in the same step, at parking and later.
pub fn parked_events_become_dead_letters(world: &World<'_>) {
    let consumer = world.consumer(GROUP, "consumer");
    let Some(store) = store(world, &*consumer) else { return };
    world.publish(&world.messages(0..1));
    let deliveries = world.read(&*consumer, 1);
    let (delivery, waiting) = (&deliveries[0], waiting(&["suite::one"]));
    let parking = Parking { delivery, waiting: &waiting, dead_letter: Some(&letter("at parking")) };
    let Ok([EntryWrite::Done(id)]) =
        store.park(&[parking]).as_deref().map(|ids| <[_; 1]>::try_from(ids).expect("one"))
    else {
        panic!("not parked");
    };
    let started = start(store, id).expect("it is there");
    let later = letter("later");
    let change = ParkedChange { id, waiting: &[], dead_letter: Some((&started, &later)) };
    if let Some(number) = expect("settled", store.settle(&[change])) {
        assert_eq!(number, 2, "the number of dead letters");
    }
    let letters = dead_letters(world);
    let read: Vec<_> =
        letters.iter().map(|letter| expect("a dead letter", DeadLetter::read(letter))).collect();
    assert_eq!(read, [letter("at parking"), later]);
    for letter in &letters {
        assert_eq!(DeadLetter::original(letter), delivery.message);
        assert_eq!(letter.header("dlq_group"), Some(GROUP.as_bytes()));
        assert_eq!(letter.header("dlq_entry"), Some(delivery.entry.as_str().as_bytes()));
    }
    assert_eq!(read[0].reason, DeadLetterReason::ReceiverFailed);
    assert!(list(store).is_empty());
}

/// Only the consumer that has an entry parks it.
pub fn entries_of_others_are_not_parked(world: &World<'_>) {
    let first = world.consumer(GROUP, "first");
    let Some(store) = store(world, &*first) else { return };
    world.publish(&world.messages(0..2));
    let mut deliveries = world.read(&*first, 2);
    deliveries.sort_by(|one, two| one.entry.cmp(&two.entry));
    let second = world.consumer(GROUP, "second");
    // The first one does not renew them.
    let mut claimed = entries(&world.claim(&*second, 2));
    claimed.sort();
    assert_eq!(claimed, entries(&deliveries));
    let (waiting, letter) = (waiting(&["suite::one"]), letter("no"));
    let parking = |delivery| Parking { delivery, waiting: &waiting, dead_letter: Some(&letter) };
    let events: Vec<_> = deliveries.iter().map(parking).collect();
    assert_eq!(expect("refused", store.park(&events)), [EntryWrite::Claimed; 2]);
    expect("acknowledged", second.acknowledge(&claimed));
    assert_eq!(expect("refused", store.park(&events)), [EntryWrite::Claimed; 2], "they are done");
    assert_eq!((list(store), dead_letters(world), group(world).parked), (Vec::new(), Vec::new(), 0));
    assert!(expect("deleted", world.backend().delete_group(&world.topic, GROUP)));
    assert_eq!(expect("refused", store.park(&events)), [EntryWrite::NoGroup; 2]);
}

/// The parked events of a consumer that is gone are others', in their order, and its own no more.
pub fn parked_events_of_a_gone_consumer_are_claimed(world: &World<'_>) {
    let first = world.consumer(GROUP, "first");
    let Some(parked) = store(world, &*first) else { return };
    world.publish(&world.messages(0..3));
    park(parked, &world.read(&*first, 3), &["suite::one"]);
    let before = list(parked);
    start(parked, before[1].id).expect("it is there");
    drop(first);
    let second = world.consumer(GROUP, "second");
    let Some(of_second) = store(world, &*second) else { return };
    let mut claimed = Vec::new();
    let begin = Instant::now();
    while claimed.len() < 3 {
        assert!(begin.elapsed() < world.timeout, "{} of 3 were claimed", claimed.len());
        claimed.extend(expect("claimed", of_second.claim(2)));
    }
    let starts: Vec<_> = claimed.iter().map(|event| event.starts).collect();
    assert_eq!(starts, [0, 1, 0]);
    assert!(
        claimed
            .iter()
            .zip(&before)
            .all(|(claimed, before)| { (&claimed.waiting, claimed.key) == (&before.waiting, before.key) })
    );
    assert_eq!(list(of_second), claimed);
    let first = world.consumer(GROUP, "first");
    let Some(of_first) = store(world, &*first) else { return };
    assert!(list(of_first).is_empty());
    start(of_second, claimed[0].id).expect("it is there");
    for event in before.iter().filter(|event| claimed.iter().all(|claimed| claimed.id != event.id)) {
        assert!(start(of_first, event.id).is_none());
    }
    settle(of_first, before[0].id, &[]);
    assert_eq!(list(of_second).len(), 3, "a consumer that comes back does not settle them");
}

/// Claims the parked event of a consumer that lives and does not renew it. A backend that sees that its process lives need not hand
/// it over, and this is then `false`.
#[track_caller]
fn claims_from_a_silent_one(store: &dyn ParkedStore, of_silent: &dyn ParkedStore) -> bool {
    let begin = Instant::now();
    while expect("claimed", store.claim(10)).is_empty() {
        if begin.elapsed() > 4 * IDLE {
            assert_eq!(list(of_silent).len(), 1);
            return false;
        }
        std::thread::sleep(IDLE / 10);
    }
    true
}

/// As long as a consumer renews, its parked events are its own; when it does not, others claim them.
pub fn renewed_parked_events_are_not_claimed(world: &World<'_>) {
    let first = world.consumer(GROUP, "first");
    let Some(of_first) = store(world, &*first) else { return };
    let second = world.consumer(GROUP, "second");
    let Some(of_second) = store(world, &*second) else { return };
    world.publish(&world.messages(0..1));
    park(of_first, &world.read(&*first, 1), &["suite::one"]);
    let id = list(of_first)[0].id;
    let end = Instant::now() + 2 * IDLE;
    while Instant::now() < end {
        expect("renewed", of_first.renew());
        assert!(expect("claimed", of_second.claim(10)).is_empty());
        std::thread::sleep(IDLE / 10);
    }
    if !claims_from_a_silent_one(of_second, of_first) {
        return;
    }
    assert!(start(of_first, id).is_none() || list(of_first).is_empty());
}

/// While a key has parked events, its other entries are for the same consumer.
pub fn order_of_a_key_is_kept_by_parking(world: &World<'_>) {
    let first = world.consumer(GROUP, "first");
    let Some(of_first) = store(world, &*first) else { return };
    if world.promises().order != KeyOrder::Group {
        return world.skip_because("the order of a key is that of a consumer");
    }
    let second = world.consumer(GROUP, "second");
    let Some(of_second) = store(world, &*second) else { return };
    world.publish(&[world.message("parked", 0)]);
    park(of_first, &world.read(&*first, 1), &["suite::one"]);
    world.publish(&[world.message("parked", 1), world.message("free", 2)]);
    let read = world.read(&*second, 1);
    assert_eq!(read[0].message.key(), world.message("free", 2).key());
    assert!(read_once(&*second, 5, Duration::from_millis(100)).deliveries.is_empty());
    assert_eq!(world.read(&*first, 1)[0].message.key(), world.message("parked", 1).key());
    drop(first);
    // What is in flight is behind what is parked.
    let begin = Instant::now();
    while begin.elapsed() < 2 * IDLE {
        assert!(read_once(&*second, 5, Duration::from_millis(50)).deliveries.is_empty());
        assert!(expect("claimed", second.claim(5)).deliveries.is_empty());
    }
    while expect("claimed", of_second.claim(5)).is_empty() {
        assert!(begin.elapsed() < world.timeout, "they are not claimed");
    }
    assert_eq!(world.claim(&*second, 1)[0].message.key(), world.message("parked", 1).key());
}

/// Whoever has a key, parked and in flight, keeps both or loses both.
pub fn a_key_is_claimed_with_what_is_behind_it(world: &World<'_>) {
    let first = world.consumer(GROUP, "first");
    let Some(of_first) = store(world, &*first) else { return };
    if world.promises().order != KeyOrder::Group {
        return world.skip_because("the order of a key is that of a consumer");
    }
    let second = world.consumer(GROUP, "second");
    let Some(of_second) = store(world, &*second) else { return };
    world.publish(&[world.message("key", 0), world.message("key", 1)]);
    let deliveries = world.read(&*first, 2);
    park(of_first, &deliveries[..1], &["suite::one"]);
    let behind = entries(&deliveries[1..]);
    let begin = Instant::now();
    while begin.elapsed() < 2 * IDLE {
        assert_eq!(expect("renewed", first.renew(&behind)), []);
        assert!(expect("claimed", of_second.claim(10)).is_empty(), "what is behind it is kept");
        std::thread::sleep(IDLE / 10);
    }
    // It renews neither from now on.
    if !claims_from_a_silent_one(of_second, of_first) {
        return;
    }
    assert_eq!(expect("renewed", first.renew(&behind)), behind, "it is lost with what was before it");
    assert_eq!(entries(&world.read(&*second, 1)), behind);
}

/// A consumer that was silent for a while has keys as a whole, or not at all: what it reads before others claim keeps the key, and
/// what is claimed takes all that is parked of the key with it.
pub fn no_key_is_split_by_a_claim(world: &World<'_>) {
    let first = world.consumer(GROUP, "first");
    let Some(of_first) = store(world, &*first) else { return };
    if world.promises().order != KeyOrder::Group {
        return world.skip_because("the order of a key is that of a consumer");
    }
    let second = world.consumer(GROUP, "second");
    let Some(of_second) = store(world, &*second) else { return };
    world.publish(&[
        world.message("kept", 0),
        world.message("claimed", 1),
        world.message("claimed", 2),
        world.message("left", 3),
    ]);
    let parked = park(of_first, &world.read(&*first, 4), &["suite::one"]);
    let [kept, _, second_claimed, left] = parked[..] else { panic!("four are parked") };
    std::thread::sleep(IDLE);
    world.publish(&[world.message("kept", 4)]);
    let behind = entries(&world.read(&*first, 1));
    let begin = Instant::now();
    let claimed = loop {
        let claimed = expect("claimed", of_second.claim(1));
        if !claimed.is_empty() {
            break claimed;
        }
        expect("renewed", first.renew(&behind));
        if begin.elapsed() > 4 * IDLE {
            return assert_eq!(list(of_first).len(), 4, "a backend may see that the consumer lives");
        }
        std::thread::sleep(IDLE / 10);
    };
    assert_eq!(claimed[0].key, world.message("claimed", 1).key_hash());
    expect("renewed", of_first.renew());
    start(of_first, kept).expect("its key is in flight");
    assert_eq!(ids(&list(of_first)), [kept, left]);
    assert!(start(of_first, second_claimed).is_none());
    let claimed = expect("claimed", of_second.claim(10));
    assert_eq!(ids(&claimed), [second_claimed]);
}

/// A group that is deleted has no parked events any more. One that skips keeps them.
pub fn a_deleted_group_has_no_parked_events(world: &World<'_>) {
    let consumer = world.consumer(GROUP, "consumer");
    let Some(store) = store(world, &*consumer) else { return };
    world.publish(&world.messages(0..2));
    let deliveries = world.read(&*consumer, 2);
    park(store, &deliveries, &["suite::one"]);
    assert!(expect("skipped", world.backend().skip(&world.topic, GROUP)));
    assert_eq!((list(store).len(), group(world).parked), (2, 2));
    let other = world.subscribe(&Subscription::new(world.topic.clone(), "other", "consumer"));
    if let Some(of_other) = other.parked() {
        assert!(list(of_other).is_empty());
    }
    assert!(expect("deleted", world.backend().delete_group(&world.topic, GROUP)));
    assert!(expect(
        "created",
        world.backend().create_group(&world.topic, GROUP, crate::bus::StartAt::Latest)
    ));
    assert_eq!((list(store).len(), group(world).parked), (0, 0));
}
