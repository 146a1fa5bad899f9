//! What operators see of parked events, and change of them, while consumers run.

use std::time::{Duration, Instant};

use super::parking::{GROUP, dead_letters, group, letter, list, park, settle, start, store, waiting};
use super::world::{IDLE, World, entries, expect, read_once};
use crate::bus::{
    Consumer, DeadLetter, Delivery, KeyOrder, Message, ParkedChange, ParkedEvent, ParkedEvents, ParkedId,
    ParkedPlace, ParkedStore, ParkedWrite, Subscription,
};

/// The parked events of groups, or `None` with a line if the backend does not park.
fn parked<'w>(world: &'w World<'_>) -> Option<&'w dyn ParkedEvents> {
    let parked = world.backend().parked();
    if parked.is_none() {
        world.skip_because("the backend does not show parked events");
    }
    parked
}

/// A consumer that waits long before it takes what a silent one has.
fn patient(world: &World<'_>, consumer: &str) -> Box<dyn Consumer> {
    world.subscribe(&Subscription {
        claim_after: Duration::from_secs(3600),
        ..world.subscription(GROUP, consumer)
    })
}

#[track_caller]
fn all(world: &World<'_>, parked: &dyn ParkedEvents) -> Vec<(ParkedPlace, ParkedEvent)> {
    expect("listed", parked.list(&world.topic, GROUP, None, 1000))
}

#[track_caller]
fn places(world: &World<'_>, parked: &dyn ParkedEvents) -> Vec<ParkedPlace> {
    all(world, parked).into_iter().map(|(place, _)| place).collect()
}

#[track_caller]
fn read(world: &World<'_>, parked: &dyn ParkedEvents, places: &[ParkedPlace]) -> Vec<Option<Delivery>> {
    expect("read", parked.read(&world.topic, GROUP, places))
}

/// Changes what events wait for.
#[track_caller]
fn change(
    world: &World<'_>,
    parked: &dyn ParkedEvents,
    places: &[ParkedPlace],
    receivers: &[&str],
) -> Vec<ParkedWrite> {
    let waiting = waiting(receivers);
    let change = |place: &ParkedPlace| ParkedChange { id: place.id, waiting: &waiting, dead_letter: None };
    let changes: Vec<_> = places.iter().map(|place| (place, change(place))).collect();
    expect("changed", parked.change(&world.topic, GROUP, &changes))
}

/// Claims this number of parked events.
#[track_caller]
fn claim(world: &World<'_>, store: &dyn ParkedStore, count: usize) -> Vec<ParkedEvent> {
    let (begin, mut claimed) = (Instant::now(), Vec::new());
    while claimed.len() < count {
        assert!(begin.elapsed() < world.timeout, "{} of {count} were claimed", claimed.len());
        claimed.extend(expect("claimed", store.claim(count - claimed.len())));
        std::thread::sleep(Duration::from_millis(5));
    }
    claimed
}

/// Who looks at a topic or a group that does not exist creates neither.
pub fn listing_parked_events_creates_nothing(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let place = ParkedPlace::new("consumer", ParkedId::new(1));
    for has_topic in [false, true] {
        assert!(all(world, parked).is_empty());
        assert!(matches!(read(world, parked, std::slice::from_ref(&place))[..], [None]));
        assert_eq!(change(world, parked, std::slice::from_ref(&place), &["suite::one"]), [ParkedWrite::Gone]);
        assert_eq!(expect("a topic", world.backend().has_topic(&world.topic)), has_topic);
        assert!(expect("groups", world.backend().groups(&world.topic)).is_empty());
        world.publish(&world.messages(0..1));
    }
}

/// The events of all consumers are listed: by their names, in the order in which each has parked them, and in pages.
pub fn parked_events_of_all_consumers_are_listed(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let (second, first) = (patient(world, "second:2"), patient(world, "first"));
    let (Some(of_second), Some(of_first)) = (store(world, &*second), store(world, &*first)) else { return };
    world.publish(&world.messages(0..2));
    park(of_second, &world.read(&*second, 2), &["suite::two"]);
    world.publish(&world.messages(2..5));
    park(of_first, &world.read(&*first, 3), &["suite::one", "suite::two"]);
    start(of_first, list(of_first)[1].id).expect("it is there");
    let of = |name: &'static str, store| {
        let place = move |event: ParkedEvent| (ParkedPlace::new(name, event.id), event);
        list(store).into_iter().map(place)
    };
    let wanted: Vec<_> = of("first", of_first).chain(of("second:2", of_second)).collect();
    assert_eq!(all(world, parked), wanted);
    for size in 1..=5 {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = expect("a page", parked.list(&world.topic, GROUP, after.as_ref(), size));
            let Some((last, _)) = page.last() else { break };
            assert!(page.len() <= size && listed.len() < wanted.len(), "{page:?}");
            after = Some(last.clone());
            listed.extend(page);
        }
        assert_eq!(listed, wanted, "pages of {size}");
    }
    let unknown = ParkedPlace::new("g", ParkedId::new(u64::MAX));
    let behind = expect("a page", parked.list(&world.topic, GROUP, Some(&unknown), 10));
    assert_eq!(behind, wanted[3..], "of a consumer that has none");
    assert!(expect("a page", parked.list(&world.topic, "other", None, 10)).is_empty());
    assert_eq!(group(world).parked, 5);
}

/// Messages are read as they are, without a start.
pub fn reading_a_parked_event_counts_no_start(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let consumer = patient(world, "consumer");
    let Some(store) = store(world, &*consumer) else { return };
    let mut messages = world.messages(0..2);
    messages[1].payload = None;
    world.publish(&messages);
    let deliveries = world.read(&*consumer, 2);
    park(store, &deliveries, &["suite::one"]);
    let before = all(world, parked);
    let mut places = places(world, parked);
    places.push(ParkedPlace::new("another", places[0].id));
    places.push(ParkedPlace::new("consumer", ParkedId::new(u64::MAX)));
    let read = read(world, parked, &places);
    let form = |delivery: &Delivery| (delivery.entry.clone(), delivery.message.clone());
    let read: Vec<_> = read.iter().map(|delivery| delivery.as_ref().map(form)).collect();
    let wanted = deliveries.iter().map(|delivery| Some(form(delivery)));
    assert_eq!(read, wanted.chain([None, None]).collect::<Vec<_>>());
    assert_eq!(all(world, parked), before);
    assert!(list(store).iter().all(|event| event.starts == 0));
}

/// An event that waits for nothing any more is removed, with its dead letter in the same step.
pub fn changed_events_are_removed(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let consumer = patient(world, "consumer");
    let Some(store) = store(world, &*consumer) else { return };
    world.publish(&world.messages(0..3));
    let deliveries = world.read(&*consumer, 3);
    let ids = park(store, &deliveries, &["suite::one", "suite::two"]);
    let places = places(world, parked);
    let read = read(world, parked, &places);
    let (letter, left) = (letter("given up"), waiting(&["suite::two"]));
    let of = |number: usize| Some((read[number].as_ref().expect("it is there"), &letter));
    let changes = [
        (&places[0], ParkedChange { id: ids[0], waiting: &[], dead_letter: of(0) }),
        (&places[1], ParkedChange { id: ids[1], waiting: &[], dead_letter: None }),
        (&places[2], ParkedChange { id: ids[2], waiting: &left, dead_letter: of(2) }),
    ];
    assert_eq!(expect("changed", parked.change(&world.topic, GROUP, &changes)), [ParkedWrite::Done; 3]);
    let all = all(world, parked);
    assert!(matches!(&all[..], [(_, event)] if event.waiting == left), "{all:?}");
    assert_eq!(group(world).parked, 1);
    // Its consumer runs none of them.
    assert!(ids.iter().all(|id| start(store, *id).is_none()));
    let letters = dead_letters(world);
    assert_eq!(letters.len(), 2);
    for (stored, delivery) in letters.iter().zip([&deliveries[0], &deliveries[2]]) {
        assert_eq!(expect("a dead letter", DeadLetter::read(stored)), letter);
        assert_eq!(DeadLetter::original(stored), delivery.message);
        assert_eq!(stored.header("dlq_group"), Some(GROUP.as_bytes()));
        assert_eq!(stored.header("dlq_entry"), Some(delivery.entry.as_str().as_bytes()));
    }
}

/// What still waits is nobody's, and is claimed at once: by another consumer, or by the one that had it. What that one still does
/// under the old id has no effect.
pub fn changed_events_are_claimed_at_once(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let (first, second) = (patient(world, "first"), patient(world, "second"));
    let (Some(of_first), Some(of_second)) = (store(world, &*first), store(world, &*second)) else { return };
    let messages = world.messages(0..3);
    world.publish(&messages);
    let ids = park(of_first, &world.read(&*first, 3), &["suite::one", "suite::two"]);
    let before = places(world, parked);
    assert!(claim_for(of_second, Duration::from_millis(100)).is_empty(), "their consumer lives");
    let changed = change(world, parked, &before[..2], &["suite::three"]);
    assert_eq!(changed, [ParkedWrite::Done; 2]);
    let has_no_effect = |wanted: usize| {
        assert!(ids[..2].iter().all(|id| start(of_first, *id).is_none()));
        settle(of_first, ids[0], &[]);
        assert_eq!(all(world, parked).len(), wanted);
    };
    has_no_effect(3);
    assert_eq!(list(of_first).len(), 1);
    // They can be changed again.
    let nobodys = places(world, parked);
    assert!(nobodys[..2].iter().all(|place| place.consumer.is_empty()), "an empty name stands first");
    assert_eq!(change(world, parked, &nobodys[..1], &["suite::four"]), [ParkedWrite::Done]);
    let by = |receiver: &'static str| move |event: &&ParkedEvent| event.waiting == waiting(&[receiver]);
    let claimed = claim(world, of_second, 1);
    let of_other = claim(world, of_first, 1);
    has_no_effect(3);
    assert_eq!((list(of_second), list(of_first).len()), (claimed.clone(), 2));
    let all_claimed = [claimed.clone(), of_other.clone()].concat();
    for receiver in ["suite::three", "suite::four"] {
        assert_eq!(all_claimed.iter().filter(by(receiver)).count(), 1, "{all_claimed:?}");
    }
    let started = [start(of_second, claimed[0].id), start(of_first, of_other[0].id)];
    let mut numbers: Vec<_> = started.iter().map(|delivery| position(&messages, delivery.as_ref())).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [Some(0), Some(1)]);
    settle(of_second, claimed[0].id, &[]);
    assert_eq!(group(world).parked, 2);
}

/// Which of these messages was delivered.
fn position(messages: &[Message], delivery: Option<&Delivery>) -> Option<usize> {
    messages.iter().position(|message| delivery.is_some_and(|delivery| delivery.message == *message))
}

/// Claims for a while.
#[track_caller]
fn claim_for(store: &dyn ParkedStore, time: Duration) -> Vec<ParkedEvent> {
    let (begin, mut claimed) = (Instant::now(), Vec::new());
    while begin.elapsed() < time {
        claimed.extend(expect("claimed", store.claim(10)));
        std::thread::sleep(Duration::from_millis(5));
    }
    claimed
}

/// An event that has been started is left to its consumer, until that one is gone. Then it is still one that was started.
pub fn started_events_are_left_alone(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let first = patient(world, "first");
    let Some(of_first) = store(world, &*first) else { return };
    world.publish(&world.messages(0..2));
    let ids = park(of_first, &world.read(&*first, 2), &["suite::one"]);
    let places = places(world, parked);
    start(of_first, ids[0]).expect("it is there");
    let before = all(world, parked);
    for receivers in [&["suite::two"][..], &[]] {
        assert_eq!(change(world, parked, &places[..1], receivers), [ParkedWrite::Started]);
    }
    let (read, letter) = (read(world, parked, &places[..1]), letter("no"));
    let dead_letter = read[0].as_ref().map(|delivery| (delivery, &letter));
    let refused = [(&places[0], ParkedChange { id: ids[0], waiting: &[], dead_letter })];
    let refused = expect("refused", parked.change(&world.topic, GROUP, &refused));
    assert_eq!((refused, dead_letters(world)), (vec![ParkedWrite::Started], Vec::new()));
    assert_eq!(all(world, parked), before);
    // One at a time: the other one is changed.
    assert_eq!(change(world, parked, &places, &["suite::two"]), [ParkedWrite::Started, ParkedWrite::Done]);
    settle(of_first, ids[0], &["suite::one"]);
    start(of_first, ids[0]).expect("it is still its own");
    drop(first);
    world.wait_until("its consumer is gone", || {
        let changed = change(world, parked, &places[..1], &["suite::two"]);
        assert_ne!(changed, [ParkedWrite::Gone]);
        changed == [ParkedWrite::Done]
    });
    let second = patient(world, "second");
    let Some(of_second) = store(world, &*second) else { return };
    let mut claimed = claim(world, of_second, 2);
    claimed.sort_by_key(|event| event.starts);
    assert!(claimed.iter().all(|event| event.waiting == waiting(&["suite::two"])), "{claimed:?}");
    assert_eq!(claimed.iter().map(|event| event.starts).collect::<Vec<_>>(), [0, 1]);
}

/// An event that a receiver has had since it was listed is left alone, or the receiver would get it again.
pub fn events_that_wait_for_others_are_gone(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let consumer = patient(world, "consumer");
    let Some(store) = store(world, &*consumer) else { return };
    world.publish(&world.messages(0..2));
    let ids = park(store, &world.read(&*consumer, 2), &["suite::one", "suite::two"]);
    let listed = places(world, parked);
    start(store, ids[0]).expect("it is there");
    settle(store, ids[0], &["suite::two"]);
    let before = all(world, parked);
    let changed = change(world, parked, &listed[..1], &["suite::one", "suite::three"]);
    assert_eq!((changed, all(world, parked)), (vec![ParkedWrite::Gone], before));
    assert_eq!(change(world, parked, &listed[..1], &[]), [ParkedWrite::Gone], "it still waits");
    let listed = places(world, parked);
    assert_eq!(change(world, parked, &listed, &["suite::three"]), [ParkedWrite::Done; 2]);
    let listed = places(world, parked);
    let place = ParkedPlace::new("", listed[0].id);
    assert_eq!(change(world, parked, &[place], &["suite::four"]), [ParkedWrite::Done], "whatever it was");
}

/// An event that another consumer has claimed is not at its place any more, and neither is one that is done.
pub fn claimed_events_are_gone(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    let first = world.consumer(GROUP, "first");
    let Some(of_first) = store(world, &*first) else { return };
    world.publish(&world.messages(0..2));
    let ids = park(of_first, &world.read(&*first, 2), &["suite::one"]);
    let places = places(world, parked);
    start(of_first, ids[0]).expect("it is there");
    settle(of_first, ids[0], &[]);
    drop(first);
    let second = world.consumer(GROUP, "second");
    let Some(of_second) = store(world, &*second) else { return };
    let claimed = claim(world, of_second, 1);
    let (read, letter) = (read(world, parked, &places), letter("no"));
    assert!(matches!(read[..], [None, None]), "{read:?}");
    let delivery = start(of_second, claimed[0].id).expect("it is its own");
    settle(of_second, claimed[0].id, &["suite::one"]);
    let change = |place| ParkedChange { id: ids[0], waiting: &[], dead_letter: Some((place, &letter)) };
    let changes = [(&places[0], change(&delivery)), (&places[1], change(&delivery))];
    assert_eq!(expect("refused", parked.change(&world.topic, GROUP, &changes)), [ParkedWrite::Gone; 2]);
    assert_eq!((list(of_second), dead_letters(world)), (claimed, Vec::new()));
}

/// While an event is nobody's, its key is too, and only the consumer that has more of the key claims it.
pub fn order_of_a_key_is_kept_by_changes(world: &World<'_>) {
    let Some(parked) = parked(world) else { return };
    if world.promises().order != KeyOrder::Group {
        return world.skip_because("the order of a key is that of a consumer");
    }
    let (first, second) = (patient(world, "first"), patient(world, "second"));
    let (Some(of_first), Some(of_second)) = (store(world, &*first), store(world, &*second)) else { return };
    let messages: Vec<_> = (0..4).map(|number| world.message("key", number)).collect();
    world.publish(&messages[..2]);
    park(of_first, &world.read(&*first, 2), &["suite::one"]);
    world.publish(&messages[2..3]);
    let in_flight = world.read(&*first, 1);
    world.publish(&messages[3..]);
    let nothing_is_read = |consumers: &[&dyn Consumer]| {
        for consumer in consumers {
            let read = read_once(*consumer, 5, Duration::from_millis(50)).deliveries;
            assert!(read.is_empty(), "{read:?}");
        }
    };
    assert_eq!(change(world, parked, &places(world, parked)[..1], &["suite::two"]), [ParkedWrite::Done]);
    nothing_is_read(&[&*first, &*second]);
    assert!(claim_for(of_second, IDLE / 5).is_empty(), "the first has the next one");
    let claimed = claim(world, of_first, 1);
    let read = start(of_first, claimed[0].id);
    assert_eq!(position(&messages, read.as_ref()), Some(0));
    settle(of_first, claimed[0].id, &["suite::two"]);

    // All of the key, in the order of their entries.
    let mut all = places(world, parked);
    all.reverse();
    assert_eq!(change(world, parked, &all, &["suite::two"]), [ParkedWrite::Done; 2]);
    let nobodys = places(world, parked);
    assert_eq!(change(world, parked, &nobodys[..1], &["suite::three"]), [ParkedWrite::Done]);
    nothing_is_read(&[&*first, &*second]);
    assert!(claim_for(of_second, IDLE / 5).is_empty(), "the first has one in flight");
    expect("acknowledged", first.acknowledge(&entries(&in_flight)));
    nothing_is_read(&[&*first, &*second]);
    let claimed = claim(world, of_second, 2);
    let started: Vec<_> = claimed.iter().map(|event| start(of_second, event.id)).collect();
    let numbers: Vec<_> = started.iter().map(|delivery| position(&messages, delivery.as_ref())).collect();
    assert_eq!(numbers, [Some(0), Some(1)]);
    nothing_is_read(&[&*first]);
    let last = world.read(&*second, 1);
    assert_eq!(position(&messages, last.first()), Some(3));
}
