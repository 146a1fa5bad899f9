//! Events that wait for a receiver that does not work are parked. No other receiver notices, whatever is killed.

use std::collections::BTreeMap;

use crate::support::{World, on_each_bus, wait_calmly, wait_for};

/// Few events in flight, quick retries, and the default limit of an outage.
const NARROW: &str = r#"{"max_in_flight": 20, "batch": 10, "claim_after": "2s", "heartbeat": "200ms",
    "retry": {"max_attempts": 3, "initial_backoff": "20ms", "max_backoff": "200ms"}}"#;
/// The same with the default window.
const WIDE: &str = r#"{"retry": {"max_attempts": 3, "initial_backoff": "20ms", "max_backoff": "200ms"}}"#;

on_each_bus! {
    an_outage_with_kills_repeats_nothing;
    bad_events_hold_up_no_good_ones;
    more_bad_events_than_the_window_has_hold_up_no_good_ones;
}

fn key(number: i64) -> String {
    format!("key {}", number % 30)
}

/// The events of each key were done by this receiver in their order: the first time, if it ran for some again.
#[track_caller]
fn assert_order(world: &World, receiver: &str) {
    let mut done: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for run in world.runs().iter().filter(|run| run.what == receiver) {
        let of_key = done.entry(key(run.number)).or_default();
        if !of_key.contains(&run.number) {
            of_key.push(run.number);
        }
    }
    for (key, numbers) in done {
        assert!(numbers.is_sorted(), "{receiver} has done {key} out of order: {numbers:?}");
    }
}

/// All that the bus has of the group is done.
#[track_caller]
fn assert_nothing_left(world: &World) {
    assert_eq!((world.pending_and_lag(), world.parked()), ((0, Some(0)), 0));
}

/// What was parked is out of the topic: nothing is in flight but what probes.
fn wait_until_parked(world: &World, events: u64) {
    wait_calmly("they are parked", || {
        let settled = world.parked() + world.dead() as u64;
        settled >= events && world.pending_and_lag() == (0, Some(0))
    });
}

/// Two lives in the outage, each of them killed, and one after it.
fn an_outage_with_kills_repeats_nothing(world: &mut World) {
    world.create("down");
    world.publish(0..300, |number| (key(number), "down"));
    let first = world.service("a", NARROW);
    wait_for(world, "steady", 0..300);
    wait_until_parked(world, 300);
    first.kill();
    let tried = world.lines().len();
    let second = world.service("a", NARROW);
    wait_calmly("it probes", || world.lines().len() > tried);
    world.publish(300..330, |number| (key(number), "down"));
    wait_for(world, "steady", 300..330);
    wait_until_parked(world, 330);
    second.kill();
    world.remove("down");
    let mut third = world.service("a", NARROW);
    let dead = i64::try_from(world.dead()).expect("few");
    assert!(dead <= 8, "{:?}", world.dead_letters());
    wait_calmly("the other one has done all", || world.logged("shaky").len() as i64 == 330 - dead);
    wait_calmly("nothing is parked", || world.parked() == 0);
    assert_eq!(third.stop().0, Some(0));
    for receiver in ["steady", "shaky"] {
        assert!(world.logged(receiver).values().all(|runs| *runs == 1), "{receiver} ran again");
        assert_order(world, receiver);
    }
    assert_eq!(world.dead() as i64, dead, "none after the outage");
    assert_nothing_left(world);
}

fn bad_events_hold_up_no_good_ones(world: &mut World) {
    world.publish(0..60, |number| (number.to_string(), if number < 40 { "bad" } else { "" }));
    let mut service = world.service("a", NARROW);
    wait_for(world, "shaky", 40..60);
    wait_until_parked(world, 40);
    assert!(world.dead() <= 4, "{:?}", world.dead_letters());
    assert_eq!(service.stop().0, Some(0));
    end_of_the_bad(world, NARROW, 40);
    let letters = world.dead_letters();
    assert!(letters.get("outage").is_some_and(|outages| *outages >= 36), "{letters:?}");
}

/// The receiver that works has done all at once. Of the other one's good events most are done soon; the last of them are found by
/// chance among the bad ones, and have a last run at the latest.
fn more_bad_events_than_the_window_has_hold_up_no_good_ones(world: &mut World) {
    world.publish(0..2500, |number| (number.to_string(), if number < 1500 { "bad" } else { "" }));
    let mut service = world.service("a", WIDE);
    wait_for(world, "steady", 0..2500);
    wait_calmly("most of the good ones are done", || world.logged("shaky").len() >= 700);
    assert_eq!(service.stop().0, Some(0));
    end_of_the_bad(world, WIDE, 1500);
    wait_for(world, "shaky", 1500..2500);
}

/// With a limit that has passed, what always fails becomes dead letters.
fn end_of_the_bad(world: &World, settings: &str, number: usize) {
    let settings = settings.replacen('{', r#"{"outage_limit": "1s", "#, 1);
    let mut service = world.service("a", &settings);
    wait_calmly("the bad ones are dead letters", || world.dead() == number && world.parked() == 0);
    assert_eq!(service.stop().0, Some(0));
    assert!(world.logged("steady").values().all(|runs| *runs == 1), "the good receiver ran again");
    assert_nothing_left(world);
}
