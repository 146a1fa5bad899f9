//! Receivers that fail: each has a circuit of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::{World, millis, on_each_bus, wait_calmly, wait_for};

const QUICK: &str = r#"{"outage_limit": "2s", "retry": {"max_attempts": 3, "initial_backoff": "20ms", "max_backoff": "200ms"}}"#;

on_each_bus! {
    a_bad_receiver_does_not_slow_the_others;
    bad_events_in_front_end_and_good_ones_behind_are_done;
    five_bad_events_on_a_quiet_topic_end;
    many_bad_events_reach_the_limit_of_errors;
    an_outage_dead_letters_nothing;
}

fn own_key(number: i64) -> String {
    number.to_string()
}

fn a_bad_receiver_does_not_slow_the_others(world: &mut World) {
    let mut service = world.service("a", QUICK);
    let mut published = BTreeMap::new();
    for number in 0..60 {
        published.insert(number, millis());
        world.publish(number..number + 1, |number| (own_key(number), "bad"));
        std::thread::sleep(Duration::from_millis(40));
    }
    wait_for(world, "steady", 0..60);
    let slowest = world
        .lines()
        .iter()
        .filter(|(_, what, _)| what == "steady")
        .map(|(time, _, number)| time - published[number])
        .max();
    assert!(slowest < Some(2000), "the good receiver waited for {slowest:?} ms");
    wait_calmly("all are dead letters", || world.dead() == 60);
    assert!(world.logged("steady").values().all(|runs| *runs == 1), "it ran again");
    assert!(world.logged("tried").values().sum::<usize>() < 60 * 12, "{:?}", world.logged("tried"));
    assert_eq!(service.stop().0, Some(0));
}

fn bad_events_in_front_end_and_good_ones_behind_are_done(world: &mut World) {
    let settings = QUICK.replacen('{', r#"{"max_in_flight": 20, "#, 1);
    world.publish(0..60, |number| (own_key(number), if number < 40 { "bad" } else { "" }));
    let mut service = world.service("a", &settings);
    wait_for(world, "shaky", 40..60);
    wait_calmly("the bad ones are dead letters", || world.dead() == 40);
    assert_eq!(service.stop().0, Some(0));
    assert_eq!(world.pending_and_lag(), (0, Some(0)));
}

fn five_bad_events_on_a_quiet_topic_end(world: &mut World) {
    world.publish(0..5, |number| (own_key(number), "bad"));
    let mut service = world.service("a", QUICK);
    wait_calmly("all are dead letters", || world.dead() == 5);
    assert_eq!(service.stop().0, Some(0));
}

fn many_bad_events_reach_the_limit_of_errors(world: &mut World) {
    let settings = QUICK.replacen('{', r#"{"consecutive_errors_limit": 3, "#, 1);
    world.publish(0..200, |number| (own_key(number), "bad"));
    let mut service = world.service("a", &settings);
    assert_eq!(service.ends(), Some(4));
    let attempts: usize = world.logged("tried").values().sum();
    assert!(attempts < 1000, "{attempts} attempts");
}

/// A second of outage, many times the attempts that an event has.
fn an_outage_dead_letters_nothing(world: &mut World) {
    let settings = QUICK.replace("2s", "1m");
    world.create("down");
    world.publish(0..300, |number| (format!("key {}", number % 50), "down"));
    let mut service = world.service("a", &settings);
    wait_for(world, "steady", 0..300);
    std::thread::sleep(Duration::from_secs(1));
    world.publish(300..310, |number| (format!("key {}", number % 50), ""));
    wait_for(world, "steady", 300..310);
    world.remove("down");
    wait_for(world, "shaky", 0..310);
    assert_eq!(service.stop().0, Some(0));
    assert!(world.dead() <= 4, "{:?}", world.dead_letters());
    let mut order: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (_, _, number) in world.lines().iter().filter(|(_, what, _)| what == "shaky") {
        order.entry(number % 50).or_default().push(*number);
    }
    assert!(order.values().all(|numbers| numbers.is_sorted()), "out of order: {order:?}");
}
