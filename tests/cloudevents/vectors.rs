//! Every recorded event of the shipped catalog, there and back.

use std::fs;

use openedx_events::cloudevents::{from_json, to_json};
use openedx_events::isoformat::IsoDateTime;
use openedx_events::{EventsMetadata, PersonalData, get_signal_by_type};
use serde_json::{Value, json};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/vectors");

/// The cases of `conformance/vectors` whose event this program has.
pub(crate) fn cases() -> Vec<Value> {
    let mut paths: Vec<_> =
        fs::read_dir(VECTORS).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = fs::read_to_string(path).expect("the file");
            serde_json::from_str::<Value>(&text).expect("JSON")
        })
        .filter(|file| get_signal_by_type(file["event_type"].as_str().expect("a type")).is_ok())
        .flat_map(|file| file["cases"].as_array().expect("cases").clone())
        .collect()
}

pub(crate) fn cloud_event(case: &Value) -> Value {
    let text = case["metadata_json"].as_str().expect("a text");
    let metadata: Value = serde_json::from_str(text).expect("JSON");
    let release: Vec<_> =
        metadata["sourcelib"].as_array().expect("numbers").iter().map(Value::to_string).collect();
    json!({
        "specversion": "1.0",
        "type": metadata["event_type"],
        "id": metadata["id"],
        "source": metadata["source"],
        "time": metadata["time"],
        "datacontenttype": "application/json",
        "minorversion": metadata["minorversion"],
        "sourcehost": metadata["sourcehost"],
        "sourcelib": release.join("."),
        "data": case["record"],
    })
}

#[test]
fn there_and_back() {
    let cases = cases();
    assert!(cases.len() >= 459, "{}", cases.len());
    for case in cases {
        let given = cloud_event(&case);
        let (event, metadata) =
            from_json(&given.to_string()).unwrap_or_else(|error| panic!("{error}: {given}"));
        let expected = EventsMetadata::from_json(case["metadata_json"].as_str().expect("a text"));
        assert_eq!(metadata, expected.expect("metadata"));

        let text = to_json(&*event, &metadata, PersonalData::Keep).expect("a text");
        let written: Value = serde_json::from_str(&text).expect("JSON");
        assert_same(&given, &written, "");
        let (event, again) = from_json(&text).expect("an event");
        assert_eq!(again, metadata);
        assert_eq!(to_json(&*event, &metadata, PersonalData::Keep).expect("a text"), text);
    }
}

/// The same but for what is one value in two spellings: a datetime, and a whole number as a float.
fn assert_same(given: &Value, written: &Value, path: &str) {
    match (given, written) {
        (Value::Object(given), Value::Object(written)) => {
            assert_eq!(given.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>(), "{path}");
            for (name, value) in given {
                assert_same(value, &written[name], &format!("{path}.{name}"));
            }
        }
        (Value::Array(given), Value::Array(written)) => {
            assert_eq!(given.len(), written.len(), "{path}");
            given.iter().zip(written).for_each(|(given, written)| assert_same(given, written, path));
        }
        (Value::String(given), Value::String(written)) if given != written => {
            let instant = |text: &str| text.parse::<IsoDateTime>().and_then(IsoDateTime::to_fixed_offset);
            assert_eq!(instant(given).expect(path), instant(written).expect(path), "{path}");
        }
        (Value::Number(given), Value::Number(written)) if given != written => {
            assert!(written.is_f64() && given.as_f64() == written.as_f64(), "{path}: {given}, {written}");
        }
        _ => assert_eq!(given, written, "{path}"),
    }
}
