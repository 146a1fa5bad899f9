//! Attempts: those that were begun and have not returned have crashed a process.

use std::slice;

use super::world::{World, entries, expect};
use crate::bus::{Consumer, EntryId, EntryWrite};

fn count(consumer: &dyn Consumer, entry: &EntryId) -> EntryWrite<u32> {
    expect("attempt counted", consumer.count_attempt(entry))
}

fn returned(consumer: &dyn Consumer, entry: &EntryId) -> EntryWrite<()> {
    expect("attempt returned", consumer.attempt_returned(entry))
}

/// The number of attempts is known to the next consumer of the entry.
pub fn attempts_are_counted(world: &World<'_>) {
    world.publish(&world.messages(0..2));
    let consumer = world.consumer("group", "consumer");
    let pending = entries(&world.read(&*consumer, 2));
    assert_eq!(
        [count(&*consumer, &pending[0]), count(&*consumer, &pending[0])],
        [EntryWrite::Done(1), EntryWrite::Done(2)]
    );
    drop(consumer);
    let consumer = world.consumer("group", "consumer");
    assert_eq!(
        [count(&*consumer, &pending[0]), count(&*consumer, &pending[1])],
        [EntryWrite::Done(3), EntryWrite::Done(1)]
    );
}

/// The number of attempts is known to a consumer that claims the entry.
pub fn attempts_are_counted_across_consumers(world: &World<'_>) {
    world.publish(&world.messages(0..1));
    let first = world.consumer("group", "first");
    let entry = entries(&world.read(&*first, 1)).remove(0);
    assert_eq!(count(&*first, &entry), EntryWrite::Done(1));
    drop(first);
    let second = world.consumer("group", "second");
    assert_eq!(entries(&world.claim(&*second, 1)), slice::from_ref(&entry));
    assert_eq!(count(&*second, &entry), EntryWrite::Done(2));
}

/// An attempt that has returned does not count as one that crashed, for the next consumer either.
pub fn attempts_that_return_are_no_crashes(world: &World<'_>) {
    world.publish(&world.messages(0..1));
    for _ in 0..3 {
        let consumer = world.consumer("group", "consumer");
        let entry = entries(&world.read(&*consumer, 1)).remove(0);
        assert_eq!(count(&*consumer, &entry), EntryWrite::Done(1));
        assert_eq!(returned(&*consumer, &entry), EntryWrite::Done(()));
    }
}

/// An attempt that returns is one; those that crashed before it have crashed.
pub fn a_return_forgets_no_crash(world: &World<'_>) {
    world.publish(&world.messages(0..1));
    let consumer = world.consumer("group", "consumer");
    let entry = entries(&world.read(&*consumer, 1)).remove(0);
    assert_eq!(count(&*consumer, &entry), EntryWrite::Done(1));
    drop(consumer);
    let consumer = world.consumer("group", "consumer");
    assert_eq!(entries(&world.read(&*consumer, 1)), slice::from_ref(&entry));
    assert_eq!(count(&*consumer, &entry), EntryWrite::Done(2));
    assert_eq!(returned(&*consumer, &entry), EntryWrite::Done(()));
    assert_eq!(count(&*consumer, &entry), EntryWrite::Done(2));
}
