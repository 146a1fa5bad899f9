//! How `consume` and services stop.

use std::time::Instant;

use openedx_events_tests::{DEADLINE, wait_until};

use crate::program::{Running, own};
use crate::world::{TOPIC, World, guest};

const RECEIVE: [&str; 7] = ["consume", "-t", TOPIC, "-g", "porters", "--name", "carl"];

fn pending(world: &World) -> Vec<i64> {
    world.groups().iter().map(|group| group["pending"].as_i64().expect("a number")).collect()
}

fn serve(world: &World) -> Running {
    Running::start(own(&["serve", &world.redis.url(), TOPIC, "porters"]))
}

#[test]
fn a_receiver_that_runs_at_the_signal_comes_to_its_end() {
    for signal in ["TERM", "INT"] {
        let Some(world) = World::new() else { return };
        world.produce(&[world.job(1)]);
        let running = Running::start(world.command(&RECEIVE));
        world.wait_for("begun-1");
        running.signal(signal);
        world.go();
        let ran = running.end().has_ended_with(0);
        assert!(world.has("done-1"));
        assert_eq!(ran.numbers(), [1], "{}", ran.stderr);
        assert_eq!(pending(&world), [0]);
    }
}

#[test]
fn a_receiver_that_takes_too_long_is_left() {
    let Some(world) = World::new() else { return };
    world.produce(&[world.job(1)]);
    let running = Running::start(world.command(&[&RECEIVE[..], &["--drain", "0.2"]].concat()));
    world.wait_for("begun-1");
    running.signal("TERM");
    let ran = running.end().has_ended_with(6);
    assert!(ran.stderr.contains("1 receiver still ran"), "{}", ran.stderr);
    assert!(ran.events().is_empty());
    assert!(!world.has("done-1"));

    // Its event comes again.
    world.go();
    let ran = world.run(&[&RECEIVE[..], &["--count", "1"]].concat()).has_ended_with(0);
    assert_eq!(ran.numbers(), [1]);
    assert!(world.has("done-1"));
    assert_eq!(pending(&world), [0]);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let Some(world) = World::new() else { return };
    world.produce(&[world.job(1)]);
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut running = Running::start(world.command(&[&RECEIVE[..], &["--drain", "3600"]].concat()));
        world.wait_for("begun-1");
        running.signal(signal);
        // The system may make one of two that come before the program looks.
        let start = Instant::now();
        while !running.has_ended() {
            assert!(start.elapsed() < DEADLINE, "it does not end");
            running.signal(signal);
        }
        running.end().has_ended_with(code);
        std::fs::remove_file(world.folder.path().join("begun-1")).expect("it was begun");
    }
}

#[test]
fn looking_stops_too() {
    let Some(world) = World::new() else { return };
    world.produce(&[guest(1)]);
    let running = Running::start(world.command(&["consume", "-t", TOPIC]));
    wait_until("it looks", || !running.stdout().is_empty());
    running.signal("TERM");
    assert_eq!(running.end().has_ended_with(0).numbers(), [1]);
}

#[test]
fn waiting_for_the_bus_stops_too() {
    let Some(mut world) = World::new() else { return };
    world.redis.kill();
    for args in [&RECEIVE[..], &["consume", "-t", TOPIC]] {
        let running = Running::start(world.command(&[args, &["--bus-timeout", "3600"]].concat()));
        running.wait_for_stderr("waiting for the bus");
        running.signal("TERM");
        running.end().has_ended_with(0);
    }
}

#[test]
fn a_bus_that_comes_late_is_waited_for() {
    let Some(mut world) = World::new() else { return };
    world.produce(&[guest(1)]);
    world.redis.kill();
    let looking = Running::start(world.command(&["consume", "-t", TOPIC, "--count", "1"]));
    let receiving = Running::start(world.command(&[&RECEIVE[..], &["--count", "1"]].concat()));
    for running in [&looking, &receiving] {
        running.wait_for_stderr("waiting for the bus");
    }
    world.redis.restart();
    for running in [looking, receiving] {
        assert_eq!(running.end().has_ended_with(0).numbers(), [1]);
    }
}

#[test]
fn a_service_stops_at_the_signal() {
    let Some(world) = World::new() else { return };
    world.produce(&[world.job(1)]);
    let running = serve(&world);
    world.wait_for("begun-1");
    running.signal("TERM");
    world.go();
    running.end().has_ended_with(0);
    assert!(world.has("done-1"));
    assert_eq!(pending(&world), [0]);
}

#[test]
fn a_service_with_a_stuck_receiver_ends() {
    let Some(world) = World::new() else { return };
    world.produce(&[world.job(1)]);
    let ran = serve(&world).end().has_ended_with(5);
    assert!(ran.stderr.starts_with("error: the receiver bus_cli::work has run for "), "{}", ran.stderr);
    assert!(world.has("begun-1"));
}

#[test]
fn a_service_without_a_bus_ends() {
    let ran = Running::start(own(&["serve", "memory:", "", "porters"])).end();
    ran.has_ended_with(2);
    let ran = Running::start(own(&["serve", "memory:", TOPIC, ""])).end().has_ended_with(2);
    assert_eq!(ran.stderr, "error: a consumer needs a group and a name\n");
}
