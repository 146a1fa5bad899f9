//! What is counted as a crash.

use crate::support::{Service, World, millis, on_each_bus, wait_calmly, wait_for};

const QUICK: &str = r#"{"claim_after": "2s", "heartbeat": "200ms",
    "retry": {"max_attempts": 3, "initial_backoff": "20ms", "max_backoff": "200ms"}}"#;

/// All events have failed once before the first of them has used up its attempts, also on a busy machine: they are not a few bad ones.
const MANY_FAIL: &str = r#"{"claim_after": "2s", "heartbeat": "200ms",
    "retry": {"max_attempts": 3, "initial_backoff": "1s", "max_backoff": "1s"}}"#;

on_each_bus! {
    attempts_that_failed_before_a_kill_are_no_crashes;
    a_stop_is_no_crash;
    an_error_that_panics_is_a_failed_attempt;
    a_receiver_that_runs_at_the_deadline_is_no_crash;
}

/// Lives through an outage six times, each life being ended by `end` after some events have failed in it.
fn six_lives(world: &World, end: impl Fn(Service)) {
    world.create("down");
    world.publish(0..20, |number| (number.to_string(), "down"));
    for _ in 0..6 {
        let before = world.runs().len();
        let service = world.service("a", MANY_FAIL);
        wait_calmly("all have failed, and wait", || {
            let runs = world.runs();
            let last = runs.last().map_or(0, |run| run.at);
            runs.len() >= before + 20 && millis().saturating_sub(last) >= 300
        });
        end(service);
    }
    world.remove("down");
    let mut service = world.service("a", MANY_FAIL);
    wait_for(world, "shaky", 0..20);
    assert_eq!(service.stop().0, Some(0));
    assert_eq!(world.dead_letters(), [].into(), "every receiver had returned");
}

fn attempts_that_failed_before_a_kill_are_no_crashes(world: &mut World) {
    six_lives(world, Service::kill);
}

fn a_stop_is_no_crash(world: &mut World) {
    six_lives(world, |mut service| assert_eq!(service.stop().0, Some(0)));
}

fn an_error_that_panics_is_a_failed_attempt(world: &mut World) {
    world.publish(0..3, |number| (number.to_string(), if number == 0 { "drop" } else { "" }));
    let mut service = world.service("a", QUICK);
    wait_for(world, "shaky", 1..3);
    wait_calmly("it is a dead letter", || world.dead() == 1);
    assert_eq!(world.dead_letters(), [("receiver_failed".to_owned(), 1)].into());
    assert_eq!(world.logged("tried").get(&0), Some(&3));
    assert_eq!(service.stop().0, Some(0), "it lives");
}

fn a_receiver_that_runs_at_the_deadline_is_no_crash(world: &mut World) {
    world.create("held");
    world.publish(0..1, |_| ("key".to_owned(), "held"));
    for life in 1..=6 {
        let mut service = world.service_of("jobs", "a", QUICK, std::time::Duration::from_millis(500));
        wait_calmly("it has begun", || world.logged("tried").get(&0) == Some(&life));
        assert_eq!(service.stop().0, Some(6), "the receiver still runs");
    }
    world.remove("held");
    let mut service = world.service("a", QUICK);
    wait_for(world, "shaky", 0..1);
    assert_eq!(service.stop().0, Some(0));
    assert_eq!(world.dead_letters(), [].into());
}
