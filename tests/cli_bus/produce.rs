//! `produce`.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;

use openedx_events_tests::wait_until;

use crate::fixture::{Fixture, NEW, TOPIC, guest};
use crate::program::{Running, run};

#[test]
fn a_file_of_many_lines_is_published_in_order() {
    let Some(fixture) = Fixture::new() else { return };
    let file = fixture.folder.path().join("events.jsonl");
    fs::write(&file, (1..=3000).map(guest).collect::<Vec<_>>().join("\n")).expect("a file");
    let ran = fixture
        .run(&["produce", "-t", TOPIC, file.to_str().expect("UTF-8"), "--format", "json"])
        .has_ended_with(0);
    assert_eq!(ran.stderr, format!("{NEW}3000 published, 0 bad lines, 0 failed\n"));
    let results = ran.events();
    assert_eq!(results.len(), 3000);
    assert!((1..).zip(&results).all(|(line, result)| result["line"] == line && result["outcome"] == "ok"));
    let shown = fixture.run(&["consume", "-t", TOPIC, "--count", "3000"]).has_ended_with(0);
    assert_eq!(shown.numbers(), (1..=3000).collect::<Vec<_>>());
}

#[test]
fn a_line_does_not_wait_for_the_next_one() {
    let Some(fixture) = Fixture::new() else { return };
    let mut running = Running::start(fixture.command(&["produce", "-t", TOPIC]));
    let mut stdin = running.stdin();
    for number in 1..=3 {
        // The blank line after it is skipped.
        stdin.write_all(format!("{}\n\n", guest(number)).as_bytes()).expect("it reads");
        let number = usize::try_from(number).expect("small");
        wait_until("it is answered", || running.stdout().lines().count() == number);
    }
    drop(stdin);
    assert_eq!(running.end().has_ended_with(0).stderr, format!("{NEW}3 published, 0 bad lines, 0 failed\n"));
}

/// An event that has arrived is published, even if the next one has arrived in part.
#[test]
fn formatted_events_are_published_and_none_waits_for_the_next_one() {
    let Some(fixture) = Fixture::new() else { return };
    let event = |number| {
        let event: serde_json::Value = serde_json::from_str(&guest(number)).expect("JSON");
        format!("{event:#}\n")
    };
    let mut running = Running::start(fixture.command(&["produce", "-t", TOPIC]));
    let mut stdin = running.stdin();
    let halves = |number| {
        let event = event(number);
        let (first, second) = event.split_at(event.find("\"data\"").expect("it has some"));
        (first.to_owned(), second.to_owned())
    };
    let (first, second) = halves(3);
    stdin.write_all([event(1), event(2), first].concat().as_bytes()).expect("it reads");
    wait_until("two are answered", || running.stdout().lines().count() == 2);
    stdin.write_all(second.as_bytes()).expect("it reads");
    wait_until("the third is answered", || running.stdout().lines().count() == 3);
    drop(stdin);
    assert_eq!(running.end().has_ended_with(0).stderr, format!("{NEW}3 published, 0 bad lines, 0 failed\n"));
    let shown = fixture.run(&["consume", "-t", TOPIC, "--until-idle", "0"]).has_ended_with(0);
    assert_eq!(shown.numbers(), [1, 2, 3]);
}

#[test]
fn events_have_the_key_of_the_settings() {
    let Some(fixture) = Fixture::new() else { return };
    let config =
        r#"{"org.example.yard.guest.came.v1": {"yard": {"event_key_field": "gate", "enabled": true}}}"#;
    for (topic, key) in [("yard", "north"), ("orchard", "1")] {
        let mut command = fixture.command(&["produce", "-t", topic]);
        command.env("EVENT_BUS_PRODUCER_CONFIG", config);
        run(command, &guest(1)).has_ended_with(0);
        let entries: Vec<(String, HashMap<String, Vec<u8>>)> = redis::cmd("XRANGE")
            .arg(topic)
            .arg("-")
            .arg("+")
            .query(&mut fixture.redis.client())
            .expect("entries");
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].1.get("partitionkey").map(Vec::as_slice), Some(key.as_bytes()), "{topic}");
    }
}

#[test]
fn an_unreachable_bus_is_waited_for() {
    let Some(mut fixture) = Fixture::new() else { return };
    fixture.redis.kill();
    let mut running = Running::start(fixture.command(&["produce", "-t", TOPIC]));
    let mut stdin = running.stdin();
    stdin.write_all(guest(1).as_bytes()).expect("it reads");
    drop(stdin);
    running.wait_for_stderr("waiting for the bus");
    fixture.redis.restart();
    let ran = running.end().has_ended_with(0);
    assert!(ran.stdout.starts_with("1 ok "), "{}", ran.stdout);
    assert_eq!(fixture.run(&["consume", "-t", TOPIC, "--count", "1"]).numbers(), [1]);
}

#[test]
fn personal_data_is_not_shown() {
    let Some(fixture) = Fixture::new() else { return };
    let line = guest(1).replace(r#"{"name":"Ada"}"#, r#"["Ada"]"#);
    let redacted = guest(2).replace(r#""data""#, r#""redacted":true,"data""#);
    let ran = run(fixture.command(&["produce", "-t", TOPIC]), &[line, redacted].join("\n")).has_ended_with(1);
    assert!(ran.stdout.starts_with("1 bad "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n2 bad "), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Ada"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "0 published, 2 bad lines, 0 failed\n");
}
