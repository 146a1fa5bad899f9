//! The shipped file of events says what the recorded cases say.

use std::fs;

use serde_json::Value;

use crate::vectors::{cases, cloud_event};

/// Upstream cannot write these, so nothing of them was recorded.
const WITHOUT_CASES: [&str; 2] = [
    "org.openedx.content_authoring.course.certificate_config.changed.v1",
    "org.openedx.content_authoring.course.certificate_config.deleted.v1",
];

#[test]
fn data_events_jsonl_is_made_of_the_typical_cases() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/events.jsonl");
    let lines: Vec<Value> = fs::read_to_string(path)
        .expect("the file")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let typical: Vec<Value> = cases()
        .iter()
        .filter(|case| case["name"].as_str().is_some_and(|name| name.ends_with("typical")))
        .map(cloud_event)
        .collect();
    let (recorded, made): (Vec<_>, Vec<_>) = lines.iter().partition(|event| typical.contains(event));
    let made: Vec<_> = made.iter().map(|event| event["type"].as_str().expect("a type")).collect();
    assert_eq!(made, WITHOUT_CASES, "run tests/data/make_events.py");
    assert_eq!(recorded.len(), 73);
}
