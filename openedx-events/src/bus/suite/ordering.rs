//! Events of one key keep their order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::event::SuiteData;
use super::world::{DRAIN, IDLE, World, entries, expect, quick};
use crate::bus::KeyOrder;
use crate::sync::lock;

/// Panics unless the numbers of each key rise.
fn assert_ordered(seen: &[SuiteData]) {
    let mut last: HashMap<&str, i64> = HashMap::new();
    for data in seen {
        if let Some(before) = last.insert(&data.key, data.number) {
            assert!(before < data.number, "key {}: {} arrived after {before}", data.key, data.number);
        }
    }
}

fn publish_by_keys(world: &World<'_>, count: usize) {
    let messages: Vec<_> =
        (0..count).map(|number| world.message(&format!("key-{}", number % 16), number)).collect();
    for batch in messages.chunks(50) {
        world.publish(batch);
    }
}

/// One consumer with several workers keeps the order of each of 16 keys.
pub fn order_of_a_key_is_kept(world: &World<'_>) {
    let kept = world.keep();
    publish_by_keys(world, 800);
    let consumer = world.start("group", "consumer", quick());
    world.wait_until("all have arrived", || kept.all().len() >= 800);
    expect("stopped", consumer.stop(DRAIN));
    assert_ordered(&kept.all());
}

/// A key is claimed as a whole, where its order is promised in the group: a consumer that comes back must not go on with later
/// entries of a key whose first one another has.
pub fn a_key_is_claimed_as_a_whole(world: &World<'_>) {
    if world.promises().order != KeyOrder::Group {
        return world.skip_because("the backend keeps the order of a key within a consumer only");
    }
    let messages = [("a", 1), ("a", 2), ("b", 3), ("a", 4)].map(|(key, number)| world.message(key, number));
    world.publish(&messages);
    let mut subscription = world.subscription("group", "first");
    subscription.claim_after = IDLE;
    let first = expect("a consumer", world.backend().consumer(&subscription));
    let held = entries(&world.read(&*first, 4));
    "second".clone_into(&mut subscription.consumer);
    let second = expect("a consumer", world.other_backend().consumer(&subscription));
    let mut claimed = entries(&world.claim(&*second, 1));
    assert_eq!(claimed, held[..1]);
    let lost = expect("renewed", first.renew(&held));
    assert!([0, 1, 3].iter().all(|index| lost.contains(&held[*index])), "it goes on with the key: {lost:?}");
    let rest = world.claim(&*second, 2);
    assert!(rest.iter().all(|delivery| delivery.is_redelivered), "{rest:?}");
    claimed.extend(entries(&rest));
    claimed.retain(|entry| *entry != held[2]);
    assert_eq!(claimed, [&held[..2], &held[3..]].concat(), "in their order");
}

/// Several consumers of a group keep it too, if the backend promises it.
pub fn order_of_a_key_is_kept_by_many(world: &World<'_>) {
    if world.promises().order != KeyOrder::Group {
        return world.skip_because("the backend keeps the order within one consumer only");
    }
    let kept = world.keep();
    let consumers: Vec<_> = (0..3)
        .map(|number| {
            let mut settings = quick();
            settings.batch = 5;
            settings.max_in_flight = 10;
            world.start("group", &format!("consumer-{number}"), settings)
        })
        .collect();
    publish_by_keys(world, 800);
    world.wait_until("all have arrived", || kept.all().len() >= 800);
    for consumer in consumers {
        expect("stopped", consumer.stop(DRAIN));
    }
    assert_ordered(&kept.all());
}

/// An event that fails blocks its key, and no other.
pub fn order_is_kept_during_retries(world: &World<'_>) {
    let done = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&done);
    let failed = Mutex::new(HashMap::new());
    let _connection = world.receive("fails at first", move |data| {
        let mut failed = lock(&failed);
        let times = failed.entry(data.number).or_insert(0_u32);
        *times += 1;
        if data.number % 10 == 0 && *times < 3 {
            return Err("not yet".into());
        }
        lock(&kept).push(data.clone());
        Ok(())
    });
    publish_by_keys(world, 320);
    let consumer = world.start("group", "consumer", quick());
    world.wait_until("all have arrived", || lock(&done).len() >= 320);
    let report = expect("stopped", consumer.stop(DRAIN));
    assert_ordered(&lock(&done));
    assert_eq!((report.done, report.failed_attempts, report.dead_letters()), (320, 64, 0));
}
