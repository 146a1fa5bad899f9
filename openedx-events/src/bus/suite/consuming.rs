//! Pending entries: they stay with their consumer until they are acknowledged, and are not lost when it dies.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::world::{DRAIN, IDLE, World, entries, expect, quick, read_once};
use crate::avro::Fingerprint;
use crate::bus::{DeadLetter, DeadLetterReason, EntryWrite};
use crate::sync::lock;

/// `wake` ends a waiting read early.
pub fn a_read_is_woken(world: &World<'_>) {
    let consumer = world.consumer("group", "consumer");
    let (start, is_over) = (Instant::now(), AtomicBool::new(false));
    let wait = world.timeout;
    std::thread::scope(|scope| {
        let (is_over, consumer) = (&is_over, &consumer);
        scope.spawn(move || {
            read_once(&**consumer, 1, wait);
            is_over.store(true, Ordering::Relaxed);
        });
        while !is_over.load(Ordering::Relaxed) {
            consumer.wake();
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    assert!(start.elapsed() < wait / 2, "it waited for {:?}", start.elapsed());
}

/// A waiting read gets an entry as soon as it is published, by whomever.
pub fn a_waiting_read_gets_new_entries(world: &World<'_>) {
    let consumer = world.consumer("group", "consumer");
    let start = Instant::now();
    let deliveries = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            let mut producer = expect("a producer", world.other_backend().producer());
            expect("published", producer.publish(&world.topic, &world.messages(0..1)));
        });
        read_once(&*consumer, 1, world.timeout).deliveries
    });
    assert_eq!(deliveries.len(), 1);
    assert!(start.elapsed() < world.timeout / 2, "it waited for {:?}", start.elapsed());
}

/// A read returns no more entries than it was asked for, new or redelivered.
pub fn reads_keep_to_their_maximum(world: &World<'_>) {
    world.publish(&world.messages(0..20));
    for _ in 0..2 {
        let consumer = world.consumer("group", "consumer");
        for _ in 0..4 {
            let deliveries = read_once(&*consumer, 3, world.timeout / 2).deliveries;
            assert!((1..=3).contains(&deliveries.len()), "{} entries for 3", deliveries.len());
        }
    }
}

/// A consumer that restarts under its name first gets its pending entries, in order.
pub fn a_restart_continues_with_pending_entries(world: &World<'_>) {
    world.publish(&world.messages(0..30));
    let consumer = world.consumer("group", "consumer");
    let pending = world.read(&*consumer, 20);
    assert!(pending.iter().all(|delivery| !delivery.is_redelivered));
    expect("acknowledged", consumer.acknowledge(&entries(&pending[..5])));
    drop(consumer);
    let consumer = world.consumer("group", "consumer");
    let again = world.read(&*consumer, 25);
    let expected = entries(&pending[5..]);
    assert_eq!(entries(&again[..15]), expected);
    assert!(again[..15].iter().all(|delivery| delivery.is_redelivered));
    assert!(again[15..].iter().all(|delivery| !delivery.is_redelivered));
}

/// Released entries go to another consumer at once.
pub fn released_entries_are_delivered_at_once(world: &World<'_>) {
    world.publish(&world.messages(0..10));
    let first = world.consumer("group", "first");
    let pending = world.read(&*first, 10);
    expect("released", first.release(&entries(&pending)));
    drop(first);
    let second = world.consumer("group", "second");
    let start = Instant::now();
    let mut again = entries(&world.claim(&*second, 10));
    assert!(start.elapsed() < IDLE, "they were delivered only after the claim time");
    again.sort();
    again.dedup();
    assert_eq!(again.len(), 10);
}

/// A consumer that waits gets all that another releases at once, however much it is.
pub fn many_released_entries_are_delivered_at_once(world: &World<'_>) {
    world.publish(&world.messages(0..400));
    // Not because the claim time is over.
    let claim_after = world.timeout * 2;
    let [first, second] = ["first", "second"]
        .map(|consumer| world.subscribe(&world.subscription("group", consumer).claim_after(claim_after)));
    let pending = world.read(&*first, 400);
    let start = Instant::now();
    let again = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            expect("released", first.release(&entries(&pending)));
        });
        world.claim(&*second, 400)
    });
    let again: BTreeSet<_> = entries(&again).into_iter().collect();
    assert_eq!(again.len(), 400);
    assert!(start.elapsed() < world.timeout / 2, "they took {:?}", start.elapsed());
}

/// Entries of a key that wait for another consumer, however many, do not keep those of other keys from being read.
pub fn a_pending_key_holds_up_no_other(world: &World<'_>) {
    let claim_after = world.timeout * 2;
    let [first, second] = ["first", "second"]
        .map(|consumer| world.subscribe(&world.subscription("group", consumer).claim_after(claim_after)));
    world.publish(&[world.message("busy", 0)]);
    assert_eq!(world.read(&*first, 1).len(), 1);
    let busy: Vec<_> = (1..800).map(|number| world.message("busy", number)).collect();
    world.publish(&busy);
    world.publish(&world.messages(1000..1050));
    let (start, mut free) = (Instant::now(), BTreeSet::new());
    while free.len() < 50 {
        assert!(start.elapsed() < world.timeout, "{} of 50 entries of other keys arrived", free.len());
        let read = read_once(&*second, 100, Duration::from_millis(50)).deliveries;
        free.extend(entries(
            &read.into_iter().filter(|each| each.message.key() != Some(b"busy")).collect::<Vec<_>>(),
        ));
    }
}

/// An acknowledged entry says nothing of those before it.
pub fn entries_are_acknowledged_one_by_one(world: &World<'_>) {
    world.publish(&world.messages(0..5));
    let consumer = world.consumer("group", "consumer");
    let mut pending = entries(&world.read(&*consumer, 5));
    let done = pending.remove(3);
    expect("acknowledged", consumer.acknowledge(&[done]));
    drop(consumer);
    let consumer = world.consumer("group", "consumer");
    assert_eq!(entries(&world.read(&*consumer, 4)), pending);
}

/// The pending entries of a dead consumer are claimed after the claim time.
pub fn entries_of_a_dead_consumer_are_claimed(world: &World<'_>) {
    world.publish(&world.messages(0..10));
    let first = world.consumer("group", "first");
    let pending = world.read(&*first, 10);
    expect("acknowledged", first.acknowledge(&entries(&pending[..3])));
    drop(first);
    let second = world.consumer("group", "second");
    let again = world.claim(&*second, 7);
    let (again_ids, pending_ids): (BTreeSet<_>, BTreeSet<_>) =
        (entries(&again).into_iter().collect(), entries(&pending[3..]).into_iter().collect());
    assert_eq!(again_ids, pending_ids);
    assert!(again.iter().all(|delivery| delivery.is_redelivered));
}

/// Renewed entries are not claimed, however long they take.
pub fn renewed_entries_are_not_claimed(world: &World<'_>) {
    world.publish(&world.messages(0..5));
    let (first, second) = (world.consumer("group", "first"), world.consumer("group", "second"));
    let pending = world.read(&*first, 5);
    let start = Instant::now();
    while start.elapsed() < IDLE * 2 {
        assert!(expect("renewed", first.renew(&entries(&pending))).is_empty());
        let taken = expect("claimed", second.claim(10)).deliveries;
        let read = read_once(&*second, 10, Duration::from_millis(50)).deliveries;
        assert!(taken.is_empty() && read.is_empty(), "a renewed entry was claimed");
    }
    // No more heartbeats from now on.
    let taken = world.claim(&*second, 5);
    assert_eq!(taken.len(), 5);
    assert_eq!(
        expect("renewed", first.renew(&entries(&pending))).len(),
        5,
        "its consumer learns that others have claimed them"
    );
    let lost = expect("renewed", second.renew(&entries(&taken)));
    assert!(lost.is_empty(), "a heartbeat that came too late took {lost:?} back");
}

/// Acknowledging an entry twice changes nothing.
pub fn acknowledging_twice_is_harmless(world: &World<'_>) {
    world.publish(&world.messages(0..4));
    let consumer = world.consumer("group", "consumer");
    let pending = entries(&world.read(&*consumer, 4));
    for _ in 0..2 {
        expect("acknowledged", consumer.acknowledge(&pending[..2]));
        let groups = expect("groups", world.backend().groups(&world.topic));
        assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 2));
    }
    expect("acknowledged", consumer.read(1, Duration::ZERO, &pending[..3]));
    expect("acknowledged", consumer.acknowledge(&[]));
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 1));
}

/// Only the consumer that has an entry writes for it: one that another has claimed, or that is done, is left alone.
pub fn entries_of_others_are_left_alone(world: &World<'_>) {
    world.publish(&world.messages(0..2));
    let mut subscription = world.subscription("group", "first");
    subscription.claim_after = IDLE;
    let first = expect("a consumer", world.backend().consumer(&subscription));
    let held = world.read(&*first, 2);
    "second".clone_into(&mut subscription.consumer);
    let second = expect("a consumer", world.other_backend().consumer(&subscription));
    let claimed = world.claim(&*second, 2);
    assert_eq!(entries(&claimed), entries(&held));
    expect("acknowledged", second.acknowledge(&entries(&claimed[..1])));
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    for delivery in &held {
        assert_eq!(expect("looked at", first.dead_letter(delivery, &dead_letter)), EntryWrite::Claimed);
        assert_eq!(expect("looked at", first.count_attempt(&delivery.entry)), EntryWrite::Claimed);
        assert_eq!(expect("looked at", first.attempt_returned(&delivery.entry)), EntryWrite::Claimed);
    }
    let browsed = expect("browsed", world.backend().browse(&world.topic.dead_letters(), None, 10));
    assert!(browsed.is_empty(), "{browsed:?}");
    assert_eq!(expect("attempt counted", second.count_attempt(&held[1].entry)), EntryWrite::Done(1));
}

/// Without its group an entry is nobody's: nothing is written for it, and it is not reported as another's.
pub fn entries_of_a_deleted_group_are_nobodys(world: &World<'_>) {
    world.publish(&world.messages(0..1));
    let consumer = world.consumer("group", "consumer");
    let held = world.read(&*consumer, 1);
    assert!(expect("deleted", world.backend().delete_group(&world.topic, "group")));
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    assert_eq!(expect("looked at", consumer.dead_letter(&held[0], &dead_letter)), EntryWrite::NoGroup);
    assert_eq!(expect("looked at", consumer.count_attempt(&held[0].entry)), EntryWrite::NoGroup);
    assert_eq!(expect("looked at", consumer.attempt_returned(&held[0].entry)), EntryWrite::NoGroup);
    assert_eq!(expect("renewed", consumer.renew(&entries(&held))), []);
    let browsed = expect("browsed", world.backend().browse(&world.topic.dead_letters(), None, 10));
    assert!(browsed.is_empty(), "{browsed:?}");
}

/// Processed marks are visible to all consumers of the group, and to no other group.
pub fn processed_marks_are_remembered(world: &World<'_>) {
    let (first, second) = (world.consumer("group", "first"), world.consumer("group", "second"));
    let other = world.consumer("other", "first");
    expect("marked as processed", first.mark_processed("a receiver of an event"));
    expect("marked as processed", first.mark_processed("a receiver of an event"));
    let asked = ["a receiver of an event".to_owned(), "another".to_owned()];
    for consumer in [&first, &second] {
        assert_eq!(expect("processed marks", consumer.processed(&asked)), [true, false]);
    }
    assert_eq!(expect("processed marks", other.processed(&asked)), [false, false]);
    assert!(expect("processed marks", other.processed(&[])).is_empty());
    drop((first, second, other));
    let again = world.consumer("group", "third");
    assert_eq!(expect("processed marks", again.processed(&asked)), [true, false], "after a restart");
}

/// Consumers that stop and start while events are published process all of them.
pub fn restarted_consumers_lose_nothing(world: &World<'_>) {
    let kept = world.keep();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let is_over = &is_over;
        scope.spawn(move || {
            for batch in 0..50 {
                world.publish(&world.messages(batch * 20..batch * 20 + 20));
            }
            is_over.store(true, Ordering::Relaxed);
        });
        while !is_over.load(Ordering::Relaxed) {
            let consumers = ["first", "second"].map(|name| world.start("group", name, quick()));
            std::thread::sleep(Duration::from_millis(20));
            // All at once.
            let stops = consumers.map(|consumer| scope.spawn(|| consumer.stop(DRAIN)));
            for stop in stops {
                expect("stopped", stop.join().unwrap_or_else(|_| panic!("the stop panicked")));
            }
        }
    });
    let consumer = world.start("group", "first", quick());
    world.wait_until("all have arrived", || kept.numbers().len() == 1000);
    expect("stopped", consumer.stop(DRAIN));
}

/// Stopping waits for the running receiver, and releases entries whose processing has not begun.
pub fn stopping_releases_pending_entries(world: &World<'_>) {
    let started = Arc::new(AtomicBool::new(false));
    let done = Arc::new(Mutex::new(Vec::new()));
    let (has_started, is_done) = (Arc::clone(&started), Arc::clone(&done));
    let connection = world.receive("slow", move |data| {
        has_started.store(true, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
        lock(&is_done).push(data.number);
        Ok(())
    });
    world.publish(&world.messages(0..20));
    let mut settings = quick();
    settings.workers = 1;
    let consumer = world.start("group", "first", settings);
    world.wait_until("the first receiver runs", || started.load(Ordering::Relaxed));
    let report = expect("stopped", consumer.stop(DRAIN));
    drop(connection);
    let first: BTreeSet<_> = lock(&done).iter().copied().collect();
    assert_eq!(report.done, first.len() as u64);
    assert!(!first.is_empty() && first.len() < 20, "{first:?}");
    let kept = world.keep();
    let start = Instant::now();
    let consumer = world.start("group", "second", quick());
    world.wait_until("the rest has arrived", || kept.numbers().len() == 20 - first.len());
    assert!(kept.numbers().is_disjoint(&first), "a processed entry was delivered again");
    assert!(start.elapsed() < IDLE * 3, "released entries were delivered late");
    expect("stopped", consumer.stop(DRAIN));
}

/// The storage restarts while events are published and consumed: all are processed.
pub fn a_restarted_backend_loses_nothing(world: &World<'_>) {
    if !world.promises().durable {
        return world.skip_because("the backend is not durable");
    }
    let kept = world.keep();
    let consumer = world.start("group", "consumer", quick());
    let mut published = 0;
    for round in 0..3 {
        let backend = world.other_backend();
        let mut producer = loop {
            match backend.producer() {
                Ok(producer) => break producer,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
        };
        for batch in 0..10 {
            let first = published;
            let messages = world.messages(first..first + 20);
            // Whatever may not be stored is published again: duplicates are allowed, losses are not.
            while let Err(error) = producer.publish(&world.topic, &messages) {
                assert!(error.error.is_transient(), "{error}");
                std::thread::sleep(Duration::from_millis(20));
            }
            published += 20;
            if batch == 5 && !world.restart() {
                world.skip_because("there is nothing to restart");
            }
        }
        assert!(round < 3);
    }
    world.wait_until("all have arrived", || kept.numbers().len() == published);
    expect("stopped", consumer.stop(DRAIN));
}

/// The storage restarts: positions, acknowledgements, attempts, processed marks and schemas are still there.
pub fn a_restarted_backend_forgets_nothing(world: &World<'_>) {
    if !world.promises().durable {
        return world.skip_because("the backend is not durable");
    }
    let fingerprint = Fingerprint::from(4);
    expect("stored", world.backend().store_schemas(&world.topic, &[(fingerprint, "\"long\"")]));
    world.publish(&world.messages(0..4));
    let consumer = world.consumer("group", "consumer");
    let pending = entries(&world.read(&*consumer, 3));
    expect("acknowledged", consumer.acknowledge(&pending[..1]));
    assert_eq!(expect("attempt counted", consumer.count_attempt(&pending[1])), EntryWrite::Done(1));
    assert_eq!(expect("attempt counted", consumer.count_attempt(&pending[2])), EntryWrite::Done(1));
    assert_eq!(expect("attempt returned", consumer.attempt_returned(&pending[2])), EntryWrite::Done(()));
    expect("marked as processed", consumer.mark_processed("text"));
    drop(consumer);
    if !world.restart() {
        return world.skip_because("there is nothing to restart");
    }
    let consumer = expect("a consumer", world.try_subscribe(&world.subscription("group", "consumer")));
    let read = world.read(&*consumer, 3);
    assert_eq!(entries(&read[..2]), pending[1..]);
    assert!(!read[2].is_redelivered);
    assert_eq!(expect("attempt counted", consumer.count_attempt(&pending[1])), EntryWrite::Done(2));
    assert_eq!(expect("attempt counted", consumer.count_attempt(&pending[2])), EntryWrite::Done(1));
    assert_eq!(expect("processed marks", consumer.processed(&["text".to_owned()])), [true]);
    let schema = expect("looked up", world.other_backend().schema(&world.topic, fingerprint));
    assert_eq!(schema.as_deref(), Some("\"long\""));
}
