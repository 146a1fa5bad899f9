//! The shipped file of events says what the recorded cases say.

use std::fs;

use serde_json::Value;

use crate::vectors::{cases, cloud_event};

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
    for event in &lines {
        assert!(typical.contains(event), "{event}: run tests/data/make_events.py");
    }
    assert!(lines.len() >= 37);
}
