//! The deadline to stop: no call waits beyond it, and others get what is left.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::world::{World, entries, expect};
use crate::bus::{BusError, Consumer, DeadLetter, DeadLetterReason, EntryId, ErrorKind};

/// A call after the deadline may fail as unreachable, and in no other way.
#[track_caller]
fn accept<T>(what: &str, result: Result<T, BusError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unreachable, "{what}: {error}");
            None
        }
    }
}

/// After the deadline to stop no call waits, the drop included. Later deadlines change nothing.
pub fn a_deadline_ends_all_waiting(world: &World<'_>) {
    let consumer: Arc<dyn Consumer> = Arc::from(world.consumer("group", "consumer"));
    let now = Instant::now();
    consumer.stop_by(now + Duration::from_millis(200));
    consumer.stop_by(now + world.timeout * 2);
    for _ in 0..2 {
        let (consumer, wait) = (Arc::clone(&consumer), world.timeout);
        let read = world.in_time("a read", move || consumer.read(1, wait, &[]));
        assert!(accept("a read", read).is_none_or(|batch| batch.deliveries.is_empty()));
    }
    world.in_time("the drop", move || drop(consumer));
}

/// The deadline to stop ends a read that waits already.
pub fn a_deadline_ends_a_waiting_read(world: &World<'_>) {
    let consumer: Arc<dyn Consumer> = Arc::from(world.consumer("group", "consumer"));
    let (reading, wait) = (Arc::clone(&consumer), world.timeout);
    let read = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            consumer.stop_by(Instant::now() + Duration::from_millis(100));
        });
        world.in_time("a read", move || reading.read(1, wait, &[]))
    });
    assert!(accept("a read", read).is_none_or(|batch| batch.deliveries.is_empty()));
}

/// Every call after the deadline ends soon, with its effect, without it, or as unreachable. Another consumer of the group
/// gets the entries that are left.
pub fn calls_after_the_deadline_end(world: &World<'_>) {
    world.publish(&world.messages(0..8));
    let consumer: Arc<dyn Consumer> = Arc::from(world.consumer("group", "first"));
    let held = world.read(&*consumer, 6);
    let ids = entries(&held);
    consumer.stop_by(Instant::now());
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    macro_rules! call {
        ($what:literal, |$consumer:ident, $ids:ident| $call:expr) => {{
            let ($consumer, $ids) = (Arc::clone(&consumer), ids.clone());
            world.in_time($what, move || {
                let _ = &$ids;
                $call
            })
        }};
    }
    let wait = world.timeout;
    let _ = accept("acknowledge", call!("acknowledge", |consumer, ids| consumer.acknowledge(&ids[..1])));
    let delivery = held[1].clone();
    let _ = accept(
        "dead_letter",
        call!("dead_letter", |consumer, ids| consumer.dead_letter(&delivery, &dead_letter)),
    );
    let _ = accept("renew", call!("renew", |consumer, ids| consumer.renew(&ids[2..])));
    let _ = accept("count_attempt", call!("count_attempt", |consumer, ids| consumer.count_attempt(&ids[2])));
    let _ = accept(
        "attempt_returned",
        call!("attempt_returned", |consumer, ids| consumer.attempt_returned(&ids[2])),
    );
    let _ = accept("processed", call!("processed", |consumer, ids| consumer.processed(&["text".to_owned()])));
    let _ =
        accept("mark_processed", call!("mark_processed", |consumer, ids| consumer.mark_processed("text")));
    let _ = accept("release", call!("release", |consumer, ids| consumer.release(&ids[3..5])));
    let _ = accept("claim", call!("claim", |consumer, ids| consumer.claim(10)));
    let _ = accept("read", call!("read", |consumer, ids| consumer.read(1, wait, &ids[..1])));
    call!("wake", |consumer, ids| consumer.wake());
    call!("stop_by", |consumer, ids| consumer.stop_by(Instant::now()));
    world.in_time("the drop", move || drop(consumer));
    assert_left(world, &ids[2..], 8);
}

/// What a consumer has not acknowledged at its deadline goes to another of the group.
pub fn entries_of_a_stopped_consumer_are_delivered(world: &World<'_>) {
    world.publish(&world.messages(0..6));
    let consumer = world.consumer("group", "first");
    let ids = entries(&world.read(&*consumer, 4));
    expect("acknowledged", consumer.acknowledge(&ids[..1]));
    consumer.stop_by(Instant::now());
    drop(consumer);
    assert_left(world, &ids[1..], 6);
}

/// Panics unless another consumer gets these entries, and the others of the topic that nobody has read.
#[track_caller]
fn assert_left(world: &World<'_>, left: &[EntryId], published: usize) {
    let browsed = expect("browsed", world.backend().browse(&world.topic, None, 100));
    // Those that everybody has done may be gone.
    let unread = browsed.iter().rev().take(2).map(|delivery| delivery.entry.clone());
    let expected: BTreeSet<_> = left.iter().cloned().chain(unread).collect();
    assert!(expected.len() < published);
    let (second, start, mut seen) = (world.consumer("group", "second"), Instant::now(), BTreeSet::new());
    while !expected.is_subset(&seen) {
        assert!(start.elapsed() < world.timeout, "{seen:?} arrived, and not all of {expected:?}");
        seen.extend(entries(&world.claim(&*second, 1)));
    }
}
