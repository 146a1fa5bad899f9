//! `consume` without a group follows topics.

use std::fs;

use openedx_events_tests::wait_until;

use crate::fixture::{Fixture, TOPIC, guest, leaf};
use crate::program::{Running, run, shipped};

const FOLLOW: [&str; 5] = ["consume", "-t", TOPIC, "--until-idle", "0"];

#[test]
fn events_can_be_shown_repeatedly_without_side_effects() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&(1..=250).map(guest).collect::<Vec<_>>());
    for _ in 0..2 {
        let ran = fixture.run(&FOLLOW).has_ended_with(0);
        assert_eq!(ran.numbers(), (1..=250).collect::<Vec<_>>());
        assert!(!ran.stdout.contains("Ada"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("greeted"), "a receiver ran");
        assert_eq!(ran.events()[0]["redacted"], true);
    }
    assert_eq!(fixture.groups(), Vec::<serde_json::Value>::new());
}

#[test]
fn what_is_shown_with_personal_data_can_be_published_again() {
    let Some(fixture) = Fixture::new() else { return };
    let lines = [guest(1), leaf(2)];
    fixture.produce(&lines);
    let ran = fixture.run(&[&FOLLOW[..], &["--show-pii"]].concat()).has_ended_with(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn entries_that_cannot_be_read_are_named() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1)]);
    let mut client = fixture.redis.client();
    let id: String = redis::cmd("XADD")
        .arg(TOPIC)
        .arg("*")
        .arg("type")
        .arg("org.example.nobody.v1")
        .query(&mut client)
        .expect("an entry");
    fixture.produce(&[guest(2)]);
    let ran = fixture.run(&FOLLOW).has_ended_with(1);
    assert_eq!(ran.numbers(), [1, 2]);
    assert!(ran.stderr.ends_with("\n1 of 3 entries could not be decoded\n"), "{}", ran.stderr);
    assert!(ran.stderr.starts_with(&format!("error: {TOPIC} {id}: ")), "{}", ran.stderr);
    assert!(ran.stderr.contains("org.example.nobody.v1"), "{}", ran.stderr);

    // They count for `--count`.
    let ran = fixture.run(&["consume", "-t", TOPIC, "--count", "2"]).has_ended_with(1);
    assert_eq!(ran.numbers(), [1]);
    assert!(ran.stderr.ends_with("\n1 of 2 entries could not be decoded\n"), "{}", ran.stderr);
    // What is not reached does not count, and with a group it becomes a dead letter.
    fixture.run(&["consume", "-t", TOPIC, "--count", "1"]).has_ended_with(0);
    let group = ["consume", "-t", TOPIC, "-g", "porters", "--until-idle", "0"];
    let ran = fixture.run(&group).has_ended_with(0);
    assert!(ran.stderr.contains("1 dead letter"), "{}", ran.stderr);

    // A signal ends the command as usual, and does not make up for them.
    let running = Running::start(fixture.command(&["consume", "-t", TOPIC]));
    wait_until("all are shown", || running.stdout().lines().count() == 2);
    running.signal("TERM");
    let ran = running.end().has_ended_with(1);
    assert!(ran.stderr.ends_with("\n1 of 3 entries could not be decoded\n"), "{}", ran.stderr);
}

#[test]
fn new_entries_are_followed_in_all_topics() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1)]);
    let running = Running::start(fixture.command(&["consume", "-t", TOPIC, "orchard", "--count", "3"]));
    wait_until("the first is shown", || running.stdout().lines().count() == 1);
    run(fixture.command(&["produce", "-t", "orchard"]), &leaf(2)).has_ended_with(0);
    wait_until("the second is shown", || running.stdout().lines().count() == 2);
    fixture.produce(&[guest(3)]);
    assert_eq!(running.end().has_ended_with(0).numbers(), [1, 2, 3]);
}

#[test]
fn the_shipped_program_does_not_take_events_from_a_group() {
    let Some(fixture) = Fixture::new() else { return };
    let file =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/events.jsonl")).expect("the file");
    let lines: Vec<_> = file.lines().take(3).collect();
    let on_bus = |args: &[&str]| {
        let mut command = shipped(args);
        command.args(["--bus", &fixture.redis.url()]);
        command
    };
    run(on_bus(&["produce", "-t", TOPIC]), &lines.join("\n")).has_ended_with(0);
    run(on_bus(&["group", "create", "-t", TOPIC, "-g", "lms"]), "").has_ended_with(0);
    let consume = ["consume", "-t", TOPIC, "-g", "lms", "--count", "3"];
    for group in ["lms", "new"] {
        let ran = run(on_bus(&["consume", "-t", TOPIC, "-g", group]), "").has_ended_with(2);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains("`--yes`") && ran.stderr.contains(group), "{}", ran.stderr);
    }
    let groups = fixture.groups();
    assert_eq!((groups.len(), &groups[0]["lag"]), (1, &serde_json::json!(3)), "{groups:?}");

    let ran = run(on_bus(&[&consume[..], &["--yes"]].concat()), "").has_ended_with(0);
    assert_eq!(ran.events().len(), 3);
    assert_eq!(ran.stderr, "0 done, 3 reached no receiver, 0 dead letters\n");
    assert_eq!(fixture.groups()[0]["lag"], 0);
}
