//! Data in `data_base64`.

use openedx_events::cloudevents::{CloudEvent, CloudEventError, from_json_as};
use serde_json::{Value, json};

use crate::events::{MovedIn, moved_in};

/// The data of [`moved_in`] in base64.
const BASE64: &str =
    "eyJyZXNpZGVudCI6eyJuYW1lIjoiQWRhIiwibm90ZXMiOnt9LCJmbG9vciI6M30sInJlbnQiOjEuNSwiZmxhdCI6bnVsbH0=";

/// An event with `data_base64` instead of `data`, and other members.
fn binary(base64: &str, members: &[(&str, Value)]) -> String {
    let mut event = moved_in();
    let object = event.as_object_mut().expect("an object");
    object.remove("data");
    object.insert("data_base64".to_owned(), json!(base64));
    for (name, value) in members {
        object.insert((*name).to_owned(), value.clone());
    }
    event.to_string()
}

fn error(text: &str) -> CloudEventError {
    match from_json_as::<MovedIn>(text) {
        Ok(_) => panic!("{text} was read"),
        Err(error) => error,
    }
}

#[test]
fn json_in_base64_is_read_as_json() {
    let expected = from_json_as::<MovedIn>(&moved_in().to_string()).expect("an event").0;
    for members in [
        &[][..],
        &[("datacontenttype", Value::Null)],
        &[("datacontenttype", json!("application/json; charset=UTF-8"))],
        &[("datacontenttype", json!("application/json;charset=\"utf-8\";v=1"))],
        &[("datacontenttype", json!("application/json; charset=us-ascii"))],
        &[("datacontenttype", json!("application/vnd.example+json"))],
        &[("data", Value::Null)],
    ] {
        let text = binary(BASE64, members);
        let read = CloudEvent::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.event_as::<MovedIn>().expect("an event"), expected, "{text}");
        assert!(read.data().starts_with("{\"resident\""), "{}", read.data());
        assert_eq!(read.unused().count(), 0);
    }
    // With the byte order mark of UTF-8.
    let text = binary(&format!("77u/{BASE64}"), &[]);
    assert_eq!(from_json_as::<MovedIn>(&text).expect("an event").0, expected);
}

#[test]
fn a_null_beside_the_data_is_nothing() {
    let mut event = moved_in();
    event["data_base64"] = Value::Null;
    from_json_as::<MovedIn>(&event.to_string()).expect("an event");
    event.as_object_mut().expect("an object").remove("data");
    let error = error(&event.to_string());
    assert_eq!((error.path(), error.reason().split(':').next()), ("data", Some("missing")));
}

#[test]
fn what_is_wrong_in_base64_is_reported_without_it() {
    // `Ada` and what is around it.
    let secret = "eyJuYW1lIjoiQWRhIi";
    for (base64, members, path, reason) in [
        (json!("e30"), None, "data_base64", "not base64 with padding"),
        (json!("e30=%"), None, "data_base64", "not base64 with padding"),
        (json!({}), None, "data_base64", "expected the data in base64, as a string"),
        (json!(""), None, "data_base64", "not JSON: EOF while parsing a value"),
        (json!("e30="), None, "data.resident", "missing field"),
        (json!("bnVsbA=="), None, "data", "expected an object with the fields of MovedIn"),
        (json!(secret), None, "data_base64", "not base64 with padding"),
        (json!("IkFkYSI="), None, "data", "expected an object"),
        (json!("QWRh"), None, "data_base64", "not JSON: expected value at line 1 column 1"),
        (json!("/+8="), None, "data_base64", "not JSON: byte 0 is not UTF-8"),
        (
            json!(BASE64),
            Some("application/json; charset=utf-16"),
            "datacontenttype",
            "the charset `utf-16` of",
        ),
        (json!(BASE64), Some("application/avro"), "datacontenttype", "only `application/json`"),
        (json!(BASE64), Some("text/plain"), "datacontenttype", "only `application/json`"),
    ] {
        let mut event = moved_in();
        event.as_object_mut().expect("an object").remove("data");
        event["data_base64"] = base64;
        if let Some(content_type) = members {
            event["datacontenttype"] = json!(content_type);
        }
        let error = error(&event.to_string());
        assert_eq!(error.path(), path, "{error}");
        assert!(error.reason().contains(reason), "{error}");
        assert!(!error.to_string().contains("Ada") && !error.to_string().contains(secret), "{error}");
    }
    // The charset of what is JSON within JSON says nothing.
    let mut event = moved_in();
    event["datacontenttype"] = json!("application/json; charset=utf-16");
    from_json_as::<MovedIn>(&event.to_string()).expect("an event");
}
