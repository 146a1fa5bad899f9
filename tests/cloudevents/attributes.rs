//! Each member: what it may be, what it is if missing, and what is said of a wrong one.

use std::time::SystemTime;

use chrono::{DateTime, SubsecRound as _, Utc};
use openedx_events::cloudevents::{Attribute, CloudEvent, CloudEventError, from_json, from_json_as, to_json};
use openedx_events::{EventsMetadata, PersonalData};
use serde_json::{Value, json};

use crate::events::{BELL_RUNG, BellRung, MOVED_IN_TYPE, MovedIn, changed, moved_in};

fn metadata(text: &str) -> EventsMetadata {
    from_json_as::<MovedIn>(text).unwrap_or_else(|error| panic!("{text}: {error}")).1
}

fn error(text: &str) -> CloudEventError {
    match from_json(text) {
        Ok((event, _)) => panic!("{text} was read as {event:?}"),
        Err(error) => error,
    }
}

#[test]
fn everything_is_read_and_written_again() {
    let text = moved_in().to_string();
    let (event, metadata) = from_json(&text).expect("an event");
    assert_eq!(metadata.event_type(), MOVED_IN_TYPE);
    assert_eq!(metadata.id().to_string(), "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f");
    assert_eq!(metadata.source(), "openedx/lms/web");
    assert_eq!(metadata.sourcehost(), "lms.example.com");
    assert_eq!(metadata.minorversion(), 2);
    assert_eq!(metadata.sourcelib(), [11, 2, 0]);
    assert_eq!(metadata.time().to_rfc3339(), "2026-01-31T12:00:00.500+00:00");
    assert_eq!(
        to_json(&*event, &metadata, PersonalData::Keep).expect("a text"),
        r#"{"specversion":"1.0","type":"org.example.house.resident.moved_in.v1","id":"0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f","source":"openedx/lms/web","time":"2026-01-31T12:00:00.500000+00:00","datacontenttype":"application/json","minorversion":2,"sourcehost":"lms.example.com","sourcelib":"11.2.0","data":{"resident":{"name":"Ada","notes":{},"floor":3},"rent":1.5,"flat":null}}"#
    );
}

#[test]
fn what_is_required_is_named_when_missing() {
    for name in ["specversion", "type", "id", "source", "data"] {
        let error = error(&changed(name, Value::Null));
        assert_eq!(error.path(), name);
        assert!(error.reason().starts_with("missing"), "{error}");
    }
}

#[test]
fn what_is_optional_has_its_default() {
    assert_eq!(metadata(&changed("minorversion", Value::Null)).minorversion(), 0);
    assert_eq!(metadata(&changed("sourcehost", Value::Null)).sourcehost(), "");
    assert!(metadata(&changed("sourcelib", Value::Null)).sourcelib().is_empty());
    metadata(&changed("datacontenttype", Value::Null));
    // chrono's own clock is off here, as its feature for it is.
    let now = || DateTime::<Utc>::from(SystemTime::now()).trunc_subsecs(6);
    let before = now();
    let time = metadata(&changed("time", Value::Null)).time();
    assert!(before <= time && time <= now(), "{time}");
}

#[test]
fn what_is_not_known_is_not_written() {
    let (event, metadata) = from_json(&changed("sourcehost", Value::Null)).expect("an event");
    let metadata = metadata.with_sourcelib([].as_slice());
    let text = to_json(&*event, &metadata, PersonalData::Keep).expect("a text");
    assert!(!text.contains("sourcehost") && !text.contains("sourcelib"), "{text}");
    assert_eq!(from_json(&text).expect("an event").1, metadata);
}

#[test]
fn null_is_as_good_as_missing() {
    let mut event = moved_in();
    for name in [
        "minorversion",
        "sourcehost",
        "sourcelib",
        "time",
        "datacontenttype",
        "redacted",
        "data_base64",
        "subject",
        "dataschema",
        "traceparent",
    ] {
        event[name] = Value::Null;
    }
    let text = event.to_string();
    assert_eq!(metadata(&text).minorversion(), 0);
    assert_eq!(CloudEvent::parse(&text).expect("an event").unused().count(), 0);
    event["id"] = Value::Null;
    assert_eq!(error(&event.to_string()).path(), "id");
}

#[test]
fn other_spellings_are_taken() {
    for (name, value) in [
        ("minorversion", json!("2")),
        ("time", json!("2026-01-31t13:00:00.5+01:00")),
        ("datacontenttype", json!("application/json; charset=utf-8")),
        ("datacontenttype", json!("Application/CloudEvents-data+JSON")),
        ("datacontenttype", json!("text/json")),
        ("id", json!("{0190A4F6-7F4E-7CC3-98C4-DC0C0C07398F}")),
        ("redacted", json!(false)),
    ] {
        assert_eq!(metadata(&changed(name, value)), metadata(&moved_in().to_string()), "{name}");
    }
}

#[test]
fn wrong_values_are_reported() {
    for (name, value, reason) in [
        ("specversion", json!("0.3"), "CloudEvents version `0.3` is not supported, only `1.0`"),
        ("specversion", json!(1), "expected a string, found `1`"),
        (
            "type",
            json!("org.example.house.resident.moved_on.v1"),
            "did you mean `org.example.house.resident.moved_in.v1`",
        ),
        ("type", json!(""), "must not be empty"),
        ("id", json!(7), "expected a string, found `7`"),
        ("id", json!("7"), "`7` is not a UUID"),
        ("source", json!(""), "must not be empty"),
        ("time", json!("2026-01-31T12:00:00"), "no offset: write UTC as `2026-01-31T12:00:00+00:00`"),
        ("time", json!("2026-01-31"), "no offset: write UTC as `2026-01-31T00:00:00+00:00`"),
        ("time", json!(""), "invalid datetime"),
        ("time", json!(1_706_702_400), "expected a string"),
        ("datacontenttype", json!("application/avro"), "only `application/json`"),
        ("datacontenttype", json!("json"), "only `application/json`"),
        ("minorversion", json!(-1), "whole number from 0 to"),
        ("minorversion", json!(2_147_483_648_u32), "whole number from 0 to 2147483647"),
        ("minorversion", json!(u32::MAX), "whole number from 0 to 2147483647"),
        ("minorversion", json!("4294967295"), "whole number from 0 to 2147483647"),
        ("minorversion", json!(1.5), "found a number that is not whole"),
        ("minorversion", json!(u64::MAX), "more than 64 bits"),
        ("minorversion", json!("+1"), "whole number from 0 to"),
        ("minorversion", json!(""), "whole number from 0 to"),
        ("minorversion", json!(true), "whole number from 0 to"),
        ("sourcehost", json!(["lms"]), "found a list"),
        ("sourcelib", json!([11, 2, 0]), "found a list"),
        ("sourcelib", json!("11.2.0rc1"), "not a release such as `11.2.0`"),
        ("sourcelib", json!("11..0"), "not a release such as `11.2.0`"),
        ("redacted", json!(true), "without its personal data"),
        ("data", json!([]), "expected an object with the fields of MovedIn"),
        ("data_base64", json!("e30="), "given beside `data`: remove one of the two"),
        ("event_type", json!("x"), "did you mean `type`?"),
        ("sourceHost", json!("x"), "did you mean `sourcehost`"),
        ("trace parent", json!("x"), "not a valid attribute name"),
        ("", json!("x"), "not a valid attribute name"),
        ("comexample", json!({"a": 1}), "found an object; only `data` may hold other values"),
    ] {
        let error = error(&changed(name, value));
        assert_eq!(error.path(), name, "{error}");
        assert!(error.reason().contains(reason), "{error}");
    }
}

#[test]
fn the_largest_minor_version_is_that_of_cloud_events() {
    let largest = i32::MAX.cast_unsigned();
    assert_eq!(metadata(&changed("minorversion", json!(largest))).minorversion(), largest);
    assert_eq!(metadata(&changed("minorversion", json!(largest.to_string()))).minorversion(), largest);
    let metadata = EventsMetadata::new(MOVED_IN_TYPE);
    assert_eq!(metadata.clone().with_minorversion(largest).expect("31 bits").minorversion(), largest);
    let error = metadata.with_minorversion(largest + 1).expect_err("32 bits");
    assert_eq!(error.to_string(), "the minor version 2147483648 is not a whole number from 0 to 2147483647");
}

#[test]
fn members_given_twice_are_refused() {
    for member in [
        r#""id":"0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f""#,
        r#""data":{}"#,
        r#""time":null"#,
        r#""\u0069d":null"#,
    ] {
        let text = moved_in().to_string().replacen('{', &format!("{{{member},"), 1);
        let error = error(&text);
        assert_eq!(error.reason(), "given twice: remove one of the two");
        let name = member.split('"').nth(1).expect("a name").replace("\\u0069", "i");
        assert_eq!(error.path(), name);
    }
}

#[test]
fn other_attributes_are_tolerated_and_reported() {
    let mut event = moved_in();
    event["subject"] = json!("flat 3");
    event["dataschema"] = json!("https://example.org/schema");
    event["partitionkey"] = json!("3");
    event["traceparent"] = json!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    event["comexampleweight"] = json!(-5);
    event["comexampleurgent"] = json!(true);
    let text = event.to_string();
    let read = CloudEvent::parse(&text).expect("an event");
    let mut unused: Vec<_> = read.unused().collect();
    unused.sort_by_key(|(name, _)| *name);
    assert_eq!(
        unused,
        [
            ("comexampleurgent", &Attribute::Boolean(true)),
            ("comexampleweight", &Attribute::Integer(-5)),
            ("dataschema", &Attribute::Text("https://example.org/schema".into())),
            ("partitionkey", &Attribute::Text("3".into())),
            ("subject", &Attribute::Text("flat 3".into())),
            (
                "traceparent",
                &Attribute::Text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into())
            ),
        ]
    );
    assert_eq!(read.metadata(), &metadata(&moved_in().to_string()));
}

#[test]
fn what_is_not_a_cloud_event_is_reported() {
    for (text, reason) in [
        ("", "expected a CloudEvent, which is a JSON object: `{…}`"),
        ("null", "expected a CloudEvent, which is a JSON object: `{…}`"),
        ("[{}]", "expected one CloudEvent, found a list: take the events of a batch one at a time"),
        ("{", "not JSON: EOF while parsing an object at column 1"),
        ("{\n\"id\": }", "not JSON: expected value at line 2 column 7"),
        ("{} {}", "not JSON: trailing characters at column 4"),
        (
            "{\"type\": \"a\u{1}\"}",
            "not JSON: control character (\\u0000-\\u001F) found while parsing a string at column 11",
        ),
    ] {
        let error = error(text);
        assert_eq!((error.path(), error.reason()), (".", reason));
        assert_eq!(format!("{error:?}"), reason);
    }
}

#[test]
fn an_event_of_another_type_is_refused() {
    let error = from_json_as::<BellRung>(&moved_in().to_string()).map(drop).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "`type`: expected an event of the type `org.example.house.bell.rung.v1`, found \
         `org.example.house.resident.moved_in.v1`"
    );
}

#[test]
fn what_no_reader_would_take_is_not_written() {
    let event = BellRung { times: 1 };
    let keep = PersonalData::Keep;
    let error = to_json(&event, &EventsMetadata::new(MOVED_IN_TYPE), keep).expect_err("an error");
    assert_eq!(error.path(), "type");
    let error = to_json(&event, &BELL_RUNG.generate_metadata().with_source(""), keep).expect_err("an error");
    assert_eq!(error.path(), "source");
}

/// JSON has no number for them, and an event is not refused for that.
#[test]
fn floats_that_are_not_finite_have_a_form() {
    let keep = PersonalData::Keep;
    let (moved_in, metadata) = from_json_as::<MovedIn>(&moved_in().to_string()).expect("an event");
    for (rent, text) in [(f64::NAN, "nan"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let line = to_json(&MovedIn { rent, ..moved_in.clone() }, &metadata, keep).expect("a line");
        assert!(line.contains(&format!(r#""rent":{{"$float":"{text}"}}"#)), "{line}");
        let (read, _) = from_json_as::<MovedIn>(&line).expect("an event");
        assert_eq!(read.rent.to_bits(), rent.to_bits());
    }
}
