//! The exit codes for errors; 0 and 6 are tested in `stop`, and 1 for an output that is closed in `closed_output`.

use std::process::Command;

use crate::fixture::{Fixture, NEW, TOPIC, guest, mishap};
use crate::program::{own, run};

/// Every command that needs a bus.
const ALL: [&[&str]; 6] = [
    &["consume", "-t", TOPIC],
    &["consume", "-t", TOPIC, "-g", "porters"],
    &["produce", "-t", TOPIC],
    &["group", "list", "-t", TOPIC],
    &["group", "create", "-t", TOPIC, "-g", "porters"],
    &["group", "delete", "-t", TOPIC, "-g", "porters", "--yes"],
];

fn with(args: &[&str], more: &[&str]) -> Command {
    own(&[args, more].concat())
}

#[test]
fn a_bad_line_is_1() {
    let Some(fixture) = Fixture::new() else { return };
    let lines = [guest(1), "{}".to_owned(), guest(3)].join("\n");
    let ran = run(fixture.command(&["produce", "-t", TOPIC]), &lines).has_ended_with(1);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "1 ok org.example.yard.guest.came.v1 0190a4f6-7f4e-7cc3-98c4-000000000001");
    assert_eq!(lines[1], "2 bad `specversion`: missing: every CloudEvent must have it");
    assert_eq!(lines[2], "3 ok org.example.yard.guest.came.v1 0190a4f6-7f4e-7cc3-98c4-000000000003");
    assert_eq!(ran.stderr, format!("{NEW}2 published, 1 bad line, 0 failed\n"));
    assert_eq!(fixture.run(&["consume", "-t", TOPIC, "--until-idle", "0"]).numbers(), [1, 3]);
}

#[test]
fn invalid_settings_are_2() {
    for args in ALL {
        let ran = run(own(args), "").has_ended_with(2);
        assert_eq!(ran.stderr, "error: no bus is configured: pass `--bus URL` or set EVENT_BUS_URL\n");
        let ran = run(with(args, &["--bus", "carrier-pigeon:coop"]), "").has_ended_with(2);
        assert!(ran.stderr.contains("`carrier-pigeon:…` is not the address of a bus"), "{}", ran.stderr);
        let mut command = with(args, &["--bus", "memory:"]);
        command.env("EVENT_BUS_KEEP_DONE", "7").env("EVENT_BUS_REQUIRED", "perhaps");
        let ran = run(command, "").has_ended_with(2);
        assert!(ran.stderr.starts_with("error: 2 problems with the settings of the bus:"), "{}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    for (args, what) in [
        (&["consume", "-t", "a{b", "--bus", "memory:"][..], "is not a valid topic name"),
        (&["consume", "-t", TOPIC, "-g", "", "--bus", "memory:"], "a consumer needs a group and a name"),
        (&["consume", "-t", TOPIC, "--name", "carl", "--bus", "memory:"], "--group <GROUP>"),
        (&["consume", "-t", TOPIC, "--count", "0", "--bus", "memory:"], "'--count <N>'"),
        (&["consume", "-t", TOPIC, "--until-idle=-1", "--bus", "memory:"], "value is negative"),
        (&["consume", "--bus", "memory:"], "--topic <TOPIC>..."),
        (&["produce", "-t", TOPIC, "--bus", "memory:", "no/such/file.jsonl"], "no/such/file.jsonl"),
        (&["group", "create", "-t", TOPIC, "-g", "", "--bus", "memory:"], "a group needs a name"),
    ] {
        let ran = run(own(args), "").has_ended_with(2);
        assert!(ran.stderr.contains(what), "{what}: {}", ran.stderr);
    }
}

#[test]
fn a_bus_that_cannot_be_reached_is_3() {
    let Some(mut fixture) = Fixture::new() else { return };
    fixture.redis.kill();
    for args in ALL {
        let command = fixture.command(&[args, &["--bus-timeout", "0.2"]].concat());
        let ran = run(command, &guest(1)).has_ended_with(3);
        assert!(ran.stderr.starts_with("waiting for the bus: "), "{}", ran.stderr);
        assert!(ran.stderr.lines().any(|line| line.starts_with("error: ")), "{}", ran.stderr);
    }
    let ran =
        run(fixture.command(&["produce", "-t", TOPIC, "--bus-timeout", "0"]), &guest(1)).has_ended_with(3);
    assert!(ran.stdout.starts_with("1 failed org.example.yard.guest.came.v1 "), "{}", ran.stdout);
    assert!(ran.stderr.starts_with("0 published, 0 bad lines, 1 failed\nerror: "), "{}", ran.stderr);
}

#[test]
fn too_many_errors_in_a_row_are_4() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[mishap(1), mishap(2), mishap(3), mishap(4)]);
    let mut command = fixture.command(&["consume", "-t", TOPIC, "-g", "porters"]);
    command.env("EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT", "3");
    let ran = run(command, "").has_ended_with(4);
    assert!(ran.stderr.contains("events in a row have failed"), "{}", ran.stderr);
    // They were handled, and are shown.
    assert!(ran.events().len() >= 3, "{}", ran.stdout);
}

#[test]
fn a_bus_that_refuses_is_5() {
    let Some(fixture) = Fixture::new() else { return };
    redis::cmd("SET").arg(TOPIC).arg("no stream").exec(&mut fixture.redis.client()).expect("a key");
    for args in ALL {
        let ran = run(fixture.command(args), &guest(1)).has_ended_with(5);
        assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
        assert!(!ran.stderr.contains("waiting"), "waiting is of no use: {}", ran.stderr);
        assert!(!ran.stdout.contains(" ok "), "{}", ran.stdout);
    }
}
