//! Personal data: redacted when asked for, and never part of a message.

use openedx_events::PersonalData;
use openedx_events::cloudevents::{CloudEvent, from_json, from_json_as, to_json};
use serde_json::{Value, json};

use crate::events::{BELL_RUNG, BellRung, MovedIn, changed, moved_in};

const SECRET: &str = "Ada Lovelace";

#[test]
fn a_redacted_event_says_so_and_is_not_read_again() {
    let (event, metadata) = from_json_as::<MovedIn>(&moved_in().to_string()).expect("an event");
    let text = to_json(&event, &metadata, PersonalData::Redact).expect("a text");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["data"]["resident"]["name"], "<redacted>");
    assert_eq!(json["redacted"], true);
    assert_eq!(from_json(&text).map(drop).expect_err("an error").path(), "redacted");

    // Nothing was taken from this one.
    let (event, metadata) = (BellRung { times: 1 }, BELL_RUNG.generate_metadata());
    let text = to_json(&event, &metadata, PersonalData::Redact).expect("a text");
    assert_eq!(text, to_json(&event, &metadata, PersonalData::Keep).expect("a text"));
}

#[test]
fn debug_shows_none() {
    let text = changed("data", json!({"resident": {"name": SECRET, "floor": 1}}));
    let read = CloudEvent::parse(&text).expect("an event");
    assert!(!format!("{read:?}").contains(SECRET));
    assert!(read.data().contains(SECRET));
    assert!(!format!("{:?}", read.event().expect("an event")).contains(SECRET));
}

#[test]
fn messages_show_none() {
    for (data, path, reason) in [
        (
            json!({"resident": {"name": {"first": SECRET}, "floor": 1}}),
            "data.resident.name",
            "expected string; ",
        ),
        (json!({"resident": {"name": [SECRET], "floor": 1}}), "data.resident.name", "expected string; "),
        (
            json!({"resident": {"name": "x", "notes": SECRET, "floor": 1}}),
            "data.resident.notes",
            "expected map of list of string; ",
        ),
        (
            json!({"resident": {"name": "x", "notes": {SECRET: 1}, "floor": 1}}),
            "data.resident.notes",
            "expected list of string; ",
        ),
        (
            json!({"resident": {"name": "x", "notes": {"a": ["b", {SECRET: 1}]}, "floor": 1}}),
            "data.resident.notes",
            "expected string; ",
        ),
        (json!({"resident": SECRET}), "data.resident", "expected an object with the fields of Resident; "),
        (
            json!({"resident": [SECRET, {}, 1]}),
            "data.resident",
            "expected an object with the fields of Resident; ",
        ),
        (json!(SECRET), "data", "expected an object with the fields of MovedIn; "),
        (json!({"resident": {"name": SECRET}}), "data.resident.floor", "missing field `floor`"),
        (
            json!({"resident": {"name": SECRET, "floor": 1, "age": 36}}),
            "data.resident.age",
            "Resident has no field `age`",
        ),
        (
            json!({"resident": {"name": SECRET, "floor": "one"}}),
            "data.resident.floor",
            "invalid type: string \"one\", expected i64",
        ),
    ] {
        let error = from_json(&changed("data", data)).map(drop).expect_err("an error");
        assert_eq!(error.path(), path);
        assert!(error.reason().starts_with(reason), "{error}");
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }
}

#[test]
fn messages_about_members_given_twice_show_none() {
    let twice = format!(r#"{{"resident":{{"name":"{SECRET}","name":"{SECRET}","floor":1}}}}"#);
    let keys = format!(r#"{{"resident":{{"name":"x","notes":{{"{SECRET}":[],"{SECRET}":[]}},"floor":1}}}}"#);
    for (data, path) in [(twice, "data.resident.name"), (keys, "data.resident.notes")] {
        let text = changed("data", json!("DATA")).replace("\"DATA\"", &data);
        let error = from_json(&text).map(drop).expect_err("an error");
        assert_eq!(error.path(), path);
        assert!(!error.to_string().contains(SECRET), "{error}");
    }
}
