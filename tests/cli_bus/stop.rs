//! How `consume` and services stop.

use std::time::Instant;

use openedx_events_tests::{DEADLINE, wait_until};

use crate::fixture::{Fixture, TOPIC, guest};
use crate::program::{Running, own};

const RECEIVE: [&str; 7] = ["consume", "-t", TOPIC, "-g", "porters", "--name", "carl"];

fn pending(fixture: &Fixture) -> Vec<i64> {
    fixture.groups().iter().map(|group| group["pending"].as_i64().expect("a number")).collect()
}

fn serve(fixture: &Fixture) -> Running {
    Running::start(own(&["serve", &fixture.redis.url(), TOPIC, "porters"]))
}

#[test]
fn a_receiver_that_runs_at_the_signal_finishes() {
    for signal in ["TERM", "INT"] {
        let Some(fixture) = Fixture::new() else { return };
        fixture.produce(&[fixture.job(1)]);
        let running = Running::start(fixture.command(&RECEIVE));
        fixture.wait_for("begun-1");
        running.signal(signal);
        fixture.go();
        let ran = running.end().has_ended_with(0);
        assert!(fixture.has("done-1"));
        assert_eq!(ran.numbers(), [1], "{}", ran.stderr);
        assert_eq!(pending(&fixture), [0]);
    }
}

#[test]
fn a_receiver_that_exceeds_the_drain_timeout_is_abandoned() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[fixture.job(1)]);
    let running = Running::start(fixture.command(&[&RECEIVE[..], &["--drain", "0.2"]].concat()));
    fixture.wait_for("begun-1");
    running.signal("TERM");
    let ran = running.end().has_ended_with(6);
    assert!(ran.stderr.contains("1 receiver still ran"), "{}", ran.stderr);
    assert!(ran.events().is_empty());
    assert!(!fixture.has("done-1"));

    // Its event is redelivered.
    fixture.go();
    let ran = fixture.run(&[&RECEIVE[..], &["--count", "1"]].concat()).has_ended_with(0);
    assert_eq!(ran.numbers(), [1]);
    assert!(fixture.has("done-1"));
    assert_eq!(pending(&fixture), [0]);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[fixture.job(1)]);
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut running = Running::start(fixture.command(&[&RECEIVE[..], &["--drain", "3600"]].concat()));
        fixture.wait_for("begun-1");
        running.signal(signal);
        // The system may merge two signals that arrive before the program handles the first.
        let start = Instant::now();
        while !running.has_ended() {
            assert!(start.elapsed() < DEADLINE, "it does not end");
            running.signal(signal);
        }
        running.end().has_ended_with(code);
        std::fs::remove_file(fixture.folder.path().join("begun-1")).expect("it was begun");
    }
}

#[test]
fn following_stops_too() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1)]);
    let running = Running::start(fixture.command(&["consume", "-t", TOPIC]));
    wait_until("it follows", || !running.stdout().is_empty());
    running.signal("TERM");
    assert_eq!(running.end().has_ended_with(0).numbers(), [1]);
}

#[test]
fn waiting_for_the_bus_stops_too() {
    let Some(mut fixture) = Fixture::new() else { return };
    fixture.redis.kill();
    for args in [&RECEIVE[..], &["consume", "-t", TOPIC]] {
        let running = Running::start(fixture.command(&[args, &["--bus-timeout", "3600"]].concat()));
        running.wait_for_stderr("waiting for the bus");
        running.signal("TERM");
        running.end().has_ended_with(0);
    }
}

#[test]
fn an_unreachable_bus_is_waited_for() {
    let Some(mut fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1)]);
    fixture.redis.kill();
    let following = Running::start(fixture.command(&["consume", "-t", TOPIC, "--count", "1"]));
    let receiving = Running::start(fixture.command(&[&RECEIVE[..], &["--count", "1"]].concat()));
    for running in [&following, &receiving] {
        running.wait_for_stderr("waiting for the bus");
    }
    fixture.redis.restart();
    for running in [following, receiving] {
        assert_eq!(running.end().has_ended_with(0).numbers(), [1]);
    }
}

#[test]
fn a_service_stops_at_the_signal() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[fixture.job(1)]);
    let running = serve(&fixture);
    fixture.wait_for("begun-1");
    running.signal("TERM");
    fixture.go();
    running.end().has_ended_with(0);
    assert!(fixture.has("done-1"));
    assert_eq!(pending(&fixture), [0]);
}

#[test]
fn a_service_with_a_stuck_receiver_ends() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[fixture.job(1)]);
    let ran = serve(&fixture).end().has_ended_with(5);
    assert!(
        ran.stderr.starts_with("error: the receiver bus_cli::work is stuck: it has run for "),
        "{}",
        ran.stderr
    );
    assert!(fixture.has("begun-1"));
}

#[test]
fn a_service_without_a_bus_ends() {
    let ran = Running::start(own(&["serve", "memory:", "", "porters"])).end();
    ran.has_ended_with(2);
    let ran = Running::start(own(&["serve", "memory:", TOPIC, ""])).end().has_ended_with(2);
    assert_eq!(ran.stderr, "error: a consumer needs a group and a name\n");
}
