//! `send` of good events.

use std::fs;

use crate::EVENTS;
use crate::process::shipped;

#[test]
fn every_line_of_the_shipped_file_is_sent() {
    let ran = shipped(&["send", EVENTS], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stderr, "75 sent, 0 bad lines, 0 failed\n");
    let file = fs::read_to_string(EVENTS).expect("the file");
    let expected: Vec<_> = (1..)
        .zip(file.lines())
        .map(|(number, line)| {
            let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let text = |name: &str| event[name].as_str().expect("a text").to_owned();
            let (event_type, id) = (text("type"), text("id"));
            format!("{number} ok {event_type} {id} no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with `openedx_events::link!`")
        })
        .collect();
    assert_eq!(ran.lines(), expected);
}

#[test]
fn a_file_and_the_standard_input_come_to_the_same() {
    let file = fs::read(EVENTS).expect("the file");
    let from_file = shipped(&["send", EVENTS, "--format", "json"], b"");
    for args in [&["send", "--format", "json"][..], &["send", "-", "--format=json"]] {
        let from_stdin = shipped(args, &file);
        assert_eq!(from_stdin.stdout, from_file.stdout);
        assert_eq!(from_stdin.code, Some(0));
    }
    let lines = from_file.json_lines();
    assert_eq!(lines.len(), 75);
    assert!(lines.iter().all(|line| line["outcome"] == "ok" && line["receivers"] == 0));
    assert_eq!(lines[70]["type"], "org.openedx.learning.student.registration.completed.v1");
    assert_eq!(lines[70]["line"], 71);
    assert_eq!(
        lines[70]["undelivered"],
        "no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with `openedx_events::link!`"
    );
}

#[test]
fn nothing_to_send_is_no_mistake() {
    let ran = shipped(&["send"], b"\n  \r\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert_eq!(ran.stderr, "0 sent, 0 bad lines, 0 failed\n");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for path in ["no/such/file.jsonl", env!("CARGO_MANIFEST_DIR")] {
        let ran = shipped(&["send", path], b"");
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(path), "{}", ran.stderr);
    }
}

#[test]
fn mistaken_arguments_show_the_usage() {
    let ran = shipped(&["sned"], b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("a similar subcommand exists: 'send'"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());

    let ran = shipped(&["--help"], b"");
    assert_eq!(ran.code, Some(0));
    assert!(ran.stdout.contains("describe"), "{}", ran.stdout);
}

#[test]
fn attributes_that_are_no_part_of_an_event_are_reported() {
    let file = fs::read_to_string(EVENTS).expect("the file");
    let first = file.lines().next().expect("a line");
    let line = first.replacen('{', r#"{"traceparent":"00-ab-cd-01","subject":"ada","partitionkey":null,"#, 1);
    let ran = shipped(&["send"], line.as_bytes());
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stdout.ends_with("`openedx_events::link!`; not used: traceparent, subject\n"),
        "{}",
        ran.stdout
    );
}
