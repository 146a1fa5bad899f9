//! What Python's `EventsMetadata.to_json` wrote, in `conformance/vectors`.

use std::fs;

use openedx_events::EventsMetadata;
use serde_json::Value;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/vectors");

/// Upstream's members in upstream's order.
const MEMBERS: [&str; 7] = ["event_type", "id", "minorversion", "source", "sourcehost", "time", "sourcelib"];

fn recorded() -> Vec<String> {
    let files = fs::read_dir(VECTORS).expect("the folder").map(|entry| entry.expect("an entry").path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .flat_map(|path| {
            let file: Value =
                serde_json::from_str(&fs::read_to_string(path).expect("the file")).expect("JSON");
            let cases = file["cases"].as_array().expect("cases").clone();
            cases.into_iter().map(|case| case["metadata_json"].as_str().expect("a text").to_owned())
        })
        .collect()
}

#[test]
fn every_part_is_read() {
    let recorded = recorded();
    assert!(recorded.len() >= 459, "{}", recorded.len());
    for text in recorded {
        let read = EventsMetadata::from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let json: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read.event_type(), json["event_type"]);
        assert_eq!(read.id().to_string(), json["id"]);
        assert_eq!(read.minorversion(), json["minorversion"]);
        assert_eq!(read.source(), json["source"]);
        assert_eq!(read.sourcehost(), json["sourcehost"]);
        let time: chrono::DateTime<chrono::FixedOffset> =
            json["time"].as_str().and_then(|text| text.parse().ok()).expect("a time");
        assert_eq!(read.time(), time);
        assert_eq!(Value::from(read.sourcelib()), json["sourcelib"]);
    }
}

#[test]
fn writing_gives_the_same() {
    for text in recorded() {
        let written = EventsMetadata::from_json(&text).expect("metadata").to_json();
        assert_eq!(value(&written), value(&text));
        assert_eq!(order(&written), MEMBERS);
        assert_eq!(order(&text), MEMBERS);
    }
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The members in the order in which they stand in the text.
fn order(text: &str) -> Vec<&'static str> {
    let mut members = MEMBERS;
    members.sort_by_key(|name| text.find(&format!("\"{name}\":")).expect("a member"));
    members.to_vec()
}
