//! `list` and `describe` of the shipped catalog.

use std::fs;

use crate::EVENTS;
use crate::process::shipped;

const ENROLLED: &str = "org.openedx.learning.course.enrollment.created.v1";

fn check_width(text: &str) {
    let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn list_has_every_event_of_the_catalog() {
    let ran = shipped(&["list"], b"");
    assert_eq!(ran.code, Some(0));
    check_width(&ran.stdout);
    for line in fs::read_to_string(EVENTS).expect("the file").lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let event_type = event["type"].as_str().expect("a text");
        assert!(ran.lines().contains(&event_type), "{event_type}");
    }
    let place = ran.lines().iter().position(|line| *line == ENROLLED).expect("a line");
    assert_eq!(
        ran.lines()[place + 1],
        "    COURSE_ENROLLMENT_CREATED, openedx_events, no receivers, key enrollment.course.course_key,"
    );
    assert!(ran.stderr.starts_with("openedx-events "), "{}", ran.stderr);
    assert!(ran.stderr.contains(" events, 0 receivers"), "{}", ran.stderr);
}

#[test]
fn list_in_json() {
    let ran = shipped(&["list", "--format", "json"], b"");
    let lines = ran.events();
    let enrolled = lines.iter().find(|line| line["type"] == ENROLLED).expect("a line");
    let signal = openedx_events::get_signal_by_type(ENROLLED).expect("declared");
    let fingerprint = signal.schema().expect("a schema").fingerprint().to_string();
    let expected = serde_json::json!({
        "type": ENROLLED,
        "signal": "COURSE_ENROLLMENT_CREATED",
        "crate_name": "openedx_events",
        "minor_version": 0,
        "receivers": 0,
        "key": "enrollment.course.course_key",
        "personal_data": true,
        "on_bus": true,
        "not_on_bus": null,
        "fingerprint": fingerprint,
        "source": null,
        "trigger_repository": "openedx/edx-platform",
        "receiver_paths": [],
        "receivers_off": [],
        "topics": null,
    });
    assert_eq!(*enrolled, expected);
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().expect("a text")).collect();
    assert!(types.is_sorted());
}

#[test]
fn every_event_can_be_described() {
    for event in shipped(&["list", "--format", "json"], b"").events() {
        let event_type = event["type"].as_str().expect("a text");
        let described = shipped(&["describe", event_type], b"");
        assert_eq!(described.code, Some(0));
        check_width(&described.stdout);
        assert!(described.stdout.starts_with(&format!("{event_type}\n\n  ")), "{}", described.stdout);
        let json = shipped(&["describe", event_type, "--format", "json"], b"").json_lines().remove(0);
        for member in
            ["type", "signal", "minor_version", "key", "personal_data", "on_bus", "not_on_bus", "fingerprint"]
        {
            assert_eq!(json[member], event[member], "{member} of {event_type}");
        }
        assert!(json["fields"].as_array().is_some_and(|fields| !fields.is_empty()));
    }
}

#[test]
fn every_filter_can_be_described() {
    for filter in shipped(&["list", "--format", "json"], b"").filters() {
        let filter_type = filter["filter_type"].as_str().expect("a text");
        let described = shipped(&["describe", filter_type], b"");
        assert_eq!(described.code, Some(0));
        check_width(&described.stdout);
        assert!(described.stdout.starts_with(&format!("{filter_type}\n\n  ")), "{}", described.stdout);
        let json = shipped(&["describe", filter_type, "--format", "json"], b"").json_lines().remove(0);
        for member in ["filter_type", "filter", "is_async", "halts"] {
            assert_eq!(json[member], filter[member], "{member} of {filter_type}");
        }
        assert!(json["fields"].as_array().is_some_and(|fields| !fields.is_empty()));
    }
}

#[test]
fn an_unknown_type_is_refused_with_the_nearest() {
    let ran = shipped(&["describe", "org.openedx.learning.course.enrolment.created.v1"], b"");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.starts_with("error: no signal "), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("did you mean `{ENROLLED}`")), "{}", ran.stderr);
}

#[test]
fn what_cannot_go_on_the_bus_says_why() {
    let event_type = "org.openedx.content_authoring.course.certificate_config.changed.v1";
    let ran = shipped(&["describe", event_type], b"");
    let line = ran.lines().into_iter().find(|line| line.starts_with("Event bus")).expect("a line").to_owned();
    assert!(line.starts_with("Event bus       no: "), "{line}");
    assert!(line.contains("file"), "{line}");
    let json = shipped(&["describe", event_type, "--format", "json"], b"").json_lines().remove(0);
    assert_eq!((&json["on_bus"], &json["fingerprint"]), (&false.into(), &serde_json::Value::Null));
    let listed = shipped(&["list"], b"");
    let place = listed.lines().iter().position(|line| *line == event_type).expect("a line");
    assert!(listed.lines()[place + 1..place + 3].concat().contains("not on the bus"));
}

#[test]
fn an_event_can_be_described_by_the_name_of_its_signal() {
    let by_name = shipped(&["describe", "COURSE_ENROLLMENT_CREATED"], b"");
    assert_eq!(by_name.code, Some(0), "{}", by_name.stderr);
    assert_eq!(by_name.stdout, shipped(&["describe", ENROLLED], b"").stdout);
    let unknown = shipped(&["describe", "COURSE_ENROLMENT_CREATED"], b"");
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("did you mean `COURSE_ENROLLMENT_CREATED`"), "{}", unknown.stderr);
}
