//! The JSON form of any metadata, and what is wrong with others.

use chrono::DateTime;
use openedx_events::EventsMetadata;
use proptest::prelude::*;
use serde_json::{Value, json};

fn whole() -> Value {
    json!({
        "event_type": "org.example.house.door.shut.v1",
        "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f",
        "minorversion": 4,
        "source": "openedx/lms/web",
        "sourcehost": "lms.example.com",
        "time": "2026-01-31T12:00:00+00:00",
        "sourcelib": [11, 2, 0],
    })
}

fn error(json: &Value) -> String {
    EventsMetadata::from_json(&json.to_string()).expect_err("an error").to_string()
}

#[test]
fn a_missing_member_is_named() {
    for name in ["event_type", "id", "source", "sourcehost", "time", "sourcelib"] {
        let mut json = whole();
        json.as_object_mut().expect("an object").remove(name);
        let error = error(&json);
        assert!(error.starts_with(&format!("`{name}`: missing field `{name}`")), "{error}");
    }
}

/// As in Python, where it has a default.
#[test]
fn a_missing_minorversion_is_0() {
    let mut json = whole();
    json.as_object_mut().expect("an object").remove("minorversion");
    assert_eq!(EventsMetadata::from_json(&json.to_string()).expect("metadata").minorversion(), 0);
}

#[test]
fn an_unknown_member_is_named() {
    let mut json = whole();
    json["source_host"] = Value::from("lms");
    let error = error(&json);
    assert!(
        error.starts_with(
            "`source_host`: EventsMetadata has no field `source_host`, did you mean `sourcehost`"
        ),
        "{error}"
    );
}

#[test]
fn a_value_of_another_type_is_reported_with_its_member() {
    for (name, value, reason) in [
        ("id", json!("7"), "`id`: "),
        ("minorversion", json!("4"), "`minorversion`: invalid type: string \"4\", expected u32"),
        ("minorversion", json!(-1), "`minorversion`: invalid value: integer `-1`, expected u32"),
        ("sourcelib", json!("11.2.0"), "`sourcelib`: invalid type: string \"11.2.0\""),
        ("sourcelib", json!([11, "2", 0]), "`sourcelib[1]`: invalid type: string \"2\", expected u32"),
        ("source", json!(null), "`source`: invalid type: null"),
    ] {
        let mut json = whole();
        json[name] = value;
        let error = error(&json);
        assert!(error.starts_with(reason), "{error}");
    }
}

#[test]
fn a_member_given_twice_is_named() {
    let text = whole().to_string().replacen('{', r#"{"id":"0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f","#, 1);
    let error = EventsMetadata::from_json(&text).expect_err("an error").to_string();
    assert!(error.starts_with("`id`: duplicate field `id`"), "{error}");
}

#[test]
fn new_metadata_names_the_library_in_numbers() {
    let json: Value =
        serde_json::from_str(&EventsMetadata::new("org.example.house.door.shut.v1").to_json()).expect("JSON");
    assert_eq!(json["sourcelib"], json!([11, 2, 0]));
    assert_eq!(json["minorversion"], 0);
}

proptest! {
    #[test]
    fn nothing_is_forgotten(
        event_type in any::<String>(),
        id in any::<u128>(),
        minorversion in 0..=i32::MAX.cast_unsigned(),
        source in any::<String>(),
        sourcehost in any::<String>(),
        micros in -62_135_596_800_000_000..253_402_300_800_000_000_i64,
        sourcelib in prop::collection::vec(any::<u32>(), 0..5),
    ) {
        let metadata = EventsMetadata::new(event_type)
            .with_id(uuid::Uuid::from_u128(id))
            .with_minorversion(minorversion)
            .expect("up to 31 bits")
            .with_source(source)
            .with_sourcehost(sourcehost)
            .with_time(DateTime::from_timestamp_micros(micros).expect("a time"))
            .expect("a year from 1 to 9999")
            .with_sourcelib(sourcelib);
        prop_assert_eq!(EventsMetadata::from_json(&metadata.to_json()).expect("metadata"), metadata);
    }
}
