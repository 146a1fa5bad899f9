//! What is in hand stays there until it is done, and is never lost with the one who has it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::world::{IDLE, World, entries, expect, quick, read, read_once, take_over, wait_until};
use crate::sync::lock;

/// A read that waits ends early when it is woken.
pub fn a_read_is_woken(world: &World<'_>) {
    let consumer = world.consumer("group", "consumer");
    let (start, is_over) = (Instant::now(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (is_over, consumer) = (&is_over, &consumer);
        scope.spawn(move || {
            read_once(&**consumer, 1, Duration::from_secs(50));
            is_over.store(true, Ordering::Relaxed);
        });
        while !is_over.load(Ordering::Relaxed) {
            consumer.wake();
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// A consumer that is started again under its name gets what it had first, in order.
pub fn a_restart_goes_on_with_what_was_in_hand(world: &World<'_>) {
    world.publish(&world.messages(0..30));
    let consumer = world.consumer("group", "consumer");
    let begun = read(&*consumer, 20);
    assert!(begun.iter().all(|delivery| !delivery.is_redelivered));
    expect("acknowledged", consumer.acknowledge(&entries(&begun[..5])));
    drop(consumer);
    let consumer = world.consumer("group", "consumer");
    let again = read(&*consumer, 25);
    let expected = entries(&begun[5..]);
    assert_eq!(entries(&again[..15]), expected);
    assert!(again[..15].iter().all(|delivery| delivery.is_redelivered));
    assert!(again[15..].iter().all(|delivery| !delivery.is_redelivered));
}

/// What is handed back comes to another at once.
pub fn what_is_released_comes_at_once(world: &World<'_>) {
    world.publish(&world.messages(0..10));
    let first = world.consumer("group", "first");
    let begun = read(&*first, 10);
    expect("released", first.release(&entries(&begun)));
    drop(first);
    let second = world.consumer("group", "second");
    let start = Instant::now();
    let mut again = entries(&take_over(&*second, 10));
    assert!(start.elapsed() < IDLE, "they came when they had been idle");
    again.sort();
    again.dedup();
    assert_eq!(again.len(), 10);
}

/// What a dead consumer had is taken over when it has been idle.
pub fn a_dead_consumers_entries_are_taken_over(world: &World<'_>) {
    world.publish(&world.messages(0..10));
    let first = world.consumer("group", "first");
    let begun = read(&*first, 10);
    expect("acknowledged", first.acknowledge(&entries(&begun[..3])));
    drop(first);
    let second = world.consumer("group", "second");
    let again = take_over(&*second, 7);
    let (again_ids, begun_ids): (BTreeSet<_>, BTreeSet<_>) =
        (entries(&again).into_iter().collect(), entries(&begun[3..]).into_iter().collect());
    assert_eq!(again_ids, begun_ids);
    assert!(again.iter().all(|delivery| delivery.is_redelivered));
}

/// What is kept is not taken over, however long it takes.
pub fn what_is_kept_is_not_taken_over(world: &World<'_>) {
    world.publish(&world.messages(0..5));
    let (first, second) = (world.consumer("group", "first"), world.consumer("group", "second"));
    let begun = read(&*first, 5);
    let start = Instant::now();
    while start.elapsed() < IDLE * 2 {
        assert!(expect("kept", first.renew(&entries(&begun))).is_empty());
        let taken = expect("taken over", second.claim(10)).deliveries;
        let read = read_once(&*second, 10, Duration::from_millis(50)).deliveries;
        assert!(taken.is_empty() && read.is_empty(), "a kept entry was taken over");
    }
    // Now it gives no more signs of life.
    let taken = take_over(&*second, 5);
    assert_eq!(taken.len(), 5);
    assert_eq!(
        expect("kept", first.renew(&entries(&begun))).len(),
        5,
        "its consumer is told that it has lost them"
    );
}

/// Acknowledging again, or what another has by now, changes nothing.
pub fn acknowledging_twice_is_harmless(world: &World<'_>) {
    world.publish(&world.messages(0..4));
    let consumer = world.consumer("group", "consumer");
    let begun = entries(&read(&*consumer, 4));
    expect("acknowledged", consumer.acknowledge(&begun[..2]));
    expect("acknowledged", consumer.acknowledge(&begun[..2]));
    expect("acknowledged", consumer.read(1, Duration::ZERO, &begun[..3]));
    expect("acknowledged", consumer.acknowledge(&[]));
    let groups = expect("groups", world.backend().groups(&world.topic));
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 1));
}

/// How often an entry was begun is known to whoever has it next, until it is done.
pub fn marks_are_counted(world: &World<'_>) {
    world.publish(&world.messages(0..2));
    let consumer = world.consumer("group", "consumer");
    let begun = entries(&read(&*consumer, 2));
    assert_eq!(expect("marked", consumer.count_attempt(&begun[0])), 1);
    assert_eq!(expect("marked", consumer.count_attempt(&begun[0])), 2);
    drop(consumer);
    let consumer = world.consumer("group", "consumer");
    assert_eq!(expect("marked", consumer.count_attempt(&begun[0])), 3);
    assert_eq!(expect("marked", consumer.count_attempt(&begun[1])), 1);
}

/// What was recorded is known to all of the group, and to no other.
pub fn records_are_kept(world: &World<'_>) {
    let (first, second) = (world.consumer("group", "first"), world.consumer("group", "second"));
    let other = world.consumer("other", "first");
    expect("recorded", first.mark_processed("a receiver of an event"));
    expect("recorded", first.mark_processed("a receiver of an event"));
    let asked = ["a receiver of an event".to_owned(), "another".to_owned()];
    for consumer in [&first, &second] {
        assert_eq!(expect("known", consumer.processed(&asked)), [true, false]);
    }
    assert_eq!(expect("known", other.processed(&asked)), [false, false]);
    assert!(expect("known", other.processed(&[])).is_empty());
}

/// The loop, stopped and started again and again while events come: all are done.
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
            let stops = consumers.map(|consumer| scope.spawn(|| consumer.stop(Duration::from_secs(30))));
            for stop in stops {
                expect("stopped", stop.join().unwrap_or_else(|_| panic!("the stop panicked")));
            }
        }
    });
    let consumer = world.start("group", "first", quick());
    wait_until("all have come", || kept.numbers().len() == 1000);
    expect("stopped", consumer.stop(Duration::from_secs(30)));
}

/// Stopping waits for the receiver that runs, and hands back what is not begun.
pub fn stopping_hands_back(world: &World<'_>) {
    let begun = Arc::new(AtomicBool::new(false));
    let done = Arc::new(Mutex::new(Vec::new()));
    let (has_begun, is_done) = (Arc::clone(&begun), Arc::clone(&done));
    let connection = world.receive("slow", move |data| {
        has_begun.store(true, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
        lock(&is_done).push(data.number);
        Ok(())
    });
    world.publish(&world.messages(0..20));
    let mut settings = quick();
    settings.workers = 1;
    let consumer = world.start("group", "first", settings);
    wait_until("the first has begun", || begun.load(Ordering::Relaxed));
    let report = expect("stopped", consumer.stop(Duration::from_secs(30)));
    drop(connection);
    let first: BTreeSet<_> = lock(&done).iter().copied().collect();
    assert_eq!(report.done, first.len() as u64);
    assert!(!first.is_empty() && first.len() < 20, "{first:?}");
    let kept = world.keep();
    let start = Instant::now();
    let consumer = world.start("group", "second", quick());
    wait_until("the rest has come", || kept.numbers().len() == 20 - first.len());
    assert!(kept.numbers().is_disjoint(&first), "what was done came again");
    assert!(start.elapsed() < IDLE * 3, "what was handed back came late");
    expect("stopped", consumer.stop(Duration::from_secs(30)));
}

/// The storage dies and comes back while events are published and consumed: all are done.
pub fn a_restarted_backend_loses_nothing(world: &World<'_>) {
    if !world.promises().durable {
        return world.left_out("the backend is not durable");
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
            // What is not known to be stored is published again: twice is allowed, never is not.
            while let Err(error) = producer.publish(&world.topic, &messages) {
                assert!(error.error.is_transient(), "{error}");
                std::thread::sleep(Duration::from_millis(20));
            }
            published += 20;
            if batch == 5 && !world.restart() {
                world.left_out("there is nothing to restart");
            }
        }
        assert!(round < 3);
    }
    wait_until("all have come", || kept.numbers().len() == published);
    expect("stopped", consumer.stop(Duration::from_secs(30)));
}
