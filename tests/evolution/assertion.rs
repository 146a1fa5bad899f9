//! The check as one line of a test.

use std::fs;
use std::path::Path;

use openedx_events::evolution::assert_current;
use openedx_events_tests::panic_of;
use serde_json::{Value, json};

use crate::schemas::{definition, version};

const EVENT: &str = "org.example.post.parcel.sent.v1";
const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/evolution/own.lock.json");

#[test]
fn this_programs_events_are_as_they_were() {
    openedx_events::check_schema_lock!("evolution/own.lock.json");
}

/// A copy of this program's lock file, after a change to it.
fn changed(path: &Path, change: impl FnOnce(&mut Value)) {
    let text = fs::read_to_string(OWN).expect("the lock file");
    let mut lock: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut lock["events"][0]);
    let event = &mut lock["events"][0];
    event["fingerprint"] = definition(&event["schema"]).fingerprint().to_string().into();
    fs::write(path, lock.to_string()).expect("the folder takes it");
}

/// What the test says of a lock file.
fn complaint(path: &Path, accept: Option<&str>) -> String {
    let path = path.to_str().expect("UTF-8").to_owned();
    panic_of(|| assert_current(&path, accept.map(Into::into)))
}

fn fields(event: &mut Value) -> &mut Vec<Value> {
    event["schema"]["fields"].as_array_mut().expect("the fields")
}

#[test]
fn a_missing_file_says_how_it_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.lock.json");
    let shown = path.display();
    for accept in [None, Some("yes")] {
        let message = complaint(&path, accept);
        assert!(message.starts_with(&format!("there is no lock file {shown}: create it with ")), "{message}");
        assert!(message.contains(&format!("`openedx-events schema lock --lock {shown}`")), "{message}");
        assert!(message.ends_with("or run this test with OPENEDX_EVENTS_SCHEMA_LOCK=accept"), "{message}");
    }
    let text = path.to_str().expect("UTF-8");
    assert_current(text, Some("accept".into()));
    assert_current(text, None);
}

#[test]
fn a_break_panics_with_the_whole_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.lock.json");
    changed(&path, |event| fields(event).push(json!({"name": "sender", "type": "string"})));
    let before = fs::read(&path).expect("the file");
    for accept in [None, Some("accept")] {
        let message = complaint(&path, accept);
        for part in [
            "the events differ from ",
            EVENT,
            "  breaking: FIELD_REMOVED_WITHOUT_DEFAULT sender\n    was string, had no default\n",
            "    breaks forward for rust, python-kafka, python-redis\n",
            "  breaking: MINOR_VERSION_NOT_RAISED\n    was 2, is 2: raise `minor_version = …` of `#[signal]`\n",
            "1 event, 2 changes, 2 breaking, 0 waived",
            "declare a new event type (`….v2`) beside this one",
            "--reason \"…\"`",
        ] {
            assert!(message.contains(part), "{message}\nlacks {part}");
        }
        assert_eq!(fs::read(&path).expect("the file"), before);
    }
}

#[test]
fn what_breaks_nothing_fails_too_until_it_is_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.lock.json");
    changed(&path, |event| {
        fields(event).retain(|field| field["name"] != "note");
        event["minor_version"] = json!(1);
    });
    let message = complaint(&path, None);
    assert!(message.contains("  change: FIELD_ADDED_WITH_DEFAULT note\n"), "{message}");
    assert!(
        message.contains("Nothing breaks. Accept it with `openedx-events schema lock --lock "),
        "{message}"
    );
    let text = path.to_str().expect("UTF-8");
    assert_current(text, Some("accept".into()));
    assert_current(text, None);
    let lock: Value = serde_json::from_str(&fs::read_to_string(&path).expect("the file")).expect("JSON");
    assert_eq!(lock["events"][0]["history"].as_array().map(Vec::len), Some(1));
}

#[test]
fn texts_of_enums_are_looked_at_inside_of_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.lock.json");
    changed(&path, |event| {
        let parcel = &mut event["schema"]["fields"][0]["type"];
        parcel["fields"][1]["type"]["items"][1]["symbols"] = json!(["road"]);
    });
    let message = complaint(&path, None);
    assert!(
        message.contains(
            "  breaking: ENUM_SYMBOL_ADDED parcel.carriers[]\n    `rail` was added\n    breaks forward for rust\n"
        ),
        "{message}"
    );
}

#[test]
fn an_event_that_may_not_leave_the_process_any_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.lock.json");
    let event_type = "org.example.post.parcel.weighed.v1";
    let schema = json!({"name": "CloudEvent", "type": "record", "namespace": event_type,
        "fields": [{"name": "weight", "type": "long"}]});
    let text = fs::read_to_string(OWN).expect("the lock file");
    let mut lock: Value = serde_json::from_str(&text).expect("JSON");
    let mut event = version(0, &schema);
    event["event_type"] = event_type.into();
    lock["events"].as_array_mut().expect("a list").push(event);
    fs::write(&path, lock.to_string()).expect("the folder takes it");
    let message = complaint(&path, None);
    assert!(
        message.contains("EVENT_REMOVED\n    can no longer go on the event bus: nobody else has the scales"),
        "{message}"
    );
}

#[test]
fn a_damaged_file_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.lock.json");
    fs::write(&path, "{}").expect("the folder takes it");
    let message = complaint(&path, Some("accept"));
    assert!(message.contains("not a lock file"), "{message}");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "{}");
}
