//! `parked` beside a consumer that runs.

use std::fs;
use std::process::Command;

use openedx_events::bus::DeadLetterReason;
use openedx_events_tests::wait_until;

use crate::fixture::{TOPIC, bell};
use crate::lot::{ANSWER, GROUP, Lot, REPLY, waiting};
use crate::program::Running;

/// A consumer of the program that looks quickly for what it may claim.
fn consumer(lot: &Lot) -> Running {
    let mut command: Command = lot.command(&["consume", "-t", TOPIC, "-g", GROUP, "--name", "carl"]);
    let settings = r#"{"heartbeat": "200ms", "claim_after": "1s",
        "retry": {"initial_backoff": "20ms", "max_backoff": "200ms"}}"#;
    command.env("EVENT_BUS_CONSUMER_CONFIG", settings);
    Running::start(command)
}

#[track_caller]
fn stop(running: Running) {
    running.signal("TERM");
    running.end().has_ended_with(0);
}

fn bells(lot: &Lot, numbers: std::ops::RangeInclusive<i64>) -> Vec<String> {
    numbers.map(|number| bell(number, lot.folder())).collect()
}

/// A receiver is broken; somebody looks, repairs it, and what was parked runs.
#[test]
fn what_is_parked_runs_when_the_receiver_works_again() {
    for lot in Lot::each() {
        let running = consumer(&lot);
        lot.produce(&bells(&lot, 1..=20));
        wait_until("they are parked", || lot.group()["parked"] == 20);
        assert_eq!(lot.numbers("heard"), (1..=20).collect::<Vec<_>>());
        let listed = lot.parked("list", &["--format", "json"]).has_ended_with(0).events();
        assert_eq!(
            (listed.len(), &listed[0]["receiver"], &listed[0]["events"]),
            (1, &ANSWER.into(), &20.into())
        );
        let shown = lot.parked("show", &["--limit", "1"]).has_ended_with(0).stdout;
        assert!(shown.contains("org.example.yard.bell.rung.v1"), "{shown}");
        assert!(lot.numbers("answered").is_empty());

        fs::write(lot.file("up"), "").expect("a file");
        let all: Vec<_> = (1..=20).collect();
        wait_until("all are answered", || lot.numbers("answered") == all);
        wait_until("nothing is parked", || lot.group()["parked"] == 0);
        assert_eq!((lot.numbers("answered"), lot.numbers("heard")), (all.clone(), all), "each ran once");
        stop(running);
    }
}

/// The consumer finds that they are gone.
#[test]
fn a_receiver_is_given_up_while_it_is_tried() {
    for lot in Lot::each() {
        let running = consumer(&lot);
        lot.produce(&bells(&lot, 1..=20));
        wait_until("they are parked", || lot.group()["parked"] == 20);
        // One of them may run.
        wait_until("all are given up", || {
            lot.parked("dead-letter", &["-g", GROUP, "--receiver", ANSWER, "--yes"]).code == Some(0)
        });
        assert_eq!(lot.group()["parked"], 0);
        let letters = lot.letters();
        assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::Operator), "{letters:?}");
        assert_eq!(letters.len(), 20);

        fs::write(lot.file("up"), "").expect("a file");
        lot.produce(&bells(&lot, 21..=22));
        wait_until("the next ones are answered", || lot.numbers("answered") == [21, 22]);
        wait_until("all is done", || lot.group()["parked"] == 0 && lot.group()["pending"] == 0);
        stop(running);
        assert_eq!(lot.numbers("answered"), [21, 22]);
    }
}

/// The program had another name for the receiver.
#[test]
fn what_waits_for_an_old_name_runs_after_the_move() {
    for lot in Lot::each() {
        let parked: Vec<_> =
            bells(&lot, 1..=5).into_iter().map(|line| (line, vec![waiting(REPLY, 2)])).collect();
        lot.park("old", &parked);
        fs::write(lot.file("up"), "").expect("a file");
        let running = consumer(&lot);
        lot.produce(&bells(&lot, 6..=6));
        wait_until("it consumes", || lot.numbers("answered") == [6]);
        assert_eq!(lot.group()["parked"], 5);
        let args = ["-g", GROUP, "--from", REPLY, "--to", ANSWER, "--yes"];
        let done = lot.parked("move", &args).has_ended_with(0).stdout;
        assert!(done.ends_with("\nmoved 5 events from `bus_cli::reply` to `bus_cli::answer`\n"), "{done}");
        let all: Vec<_> = (1..=6).collect();
        // On Redis an event that is claimed is counted nowhere for a moment.
        wait_until("they run", || lot.numbers("answered") == all);
        wait_until("nothing is parked", || lot.group()["parked"] == 0);
        assert_eq!(lot.numbers("answered"), all, "they ran once");
        assert_eq!(lot.numbers("heard"), [6], "the other receiver had done them before");
        stop(running);
    }
}

/// Before a downgrade: what a consumer that has stopped had parked runs, and nothing new is read.
#[test]
fn what_is_parked_is_drained() {
    for lot in Lot::each() {
        let running = consumer(&lot);
        lot.produce(&bells(&lot, 1..=20));
        wait_until("they are parked", || lot.group()["parked"] == 20);
        stop(running);
        lot.produce(&bells(&lot, 21..=23));
        fs::write(lot.file("up"), "").expect("a file");
        let drained = lot.parked("drain", &["-g", GROUP, "--name", "carl"]).has_ended_with(0);
        assert_eq!(drained.events().len(), 20);
        assert_eq!(lot.numbers("answered"), (1..=20).collect::<Vec<_>>());
        assert_eq!((&lot.group()["parked"], &lot.group()["lag"]), (&0.into(), &3.into()));
        let nothing = lot.parked("drain", &["-g", GROUP, "--name", "carl"]).has_ended_with(0).stdout;
        assert!(nothing.contains("has no parked events"), "{nothing}");
    }
}

/// What waits for a receiver that the program does not have is left, and told.
#[test]
fn a_drain_tells_what_it_has_to_leave() {
    for lot in Lot::each() {
        let parked: Vec<_> =
            bells(&lot, 1..=5).into_iter().map(|line| (line, vec![waiting(REPLY, 2)])).collect();
        lot.park("old", &parked);
        let drained = lot.parked("drain", &["-g", GROUP]).has_ended_with(1);
        assert!(
            drained.stderr.contains("5 events are still parked: `parked list` shows"),
            "{}",
            drained.stderr
        );
        assert_eq!(lot.group()["parked"], 5);
    }
}
