//! Schemas of events, and locks of them.

use std::path::Path;

use openedx_events::evolution::{Change, Definition, Lock, Reader, Readers, Snapshot};
use serde_json::{Value, json};

/// The schema of an event of one data class with these fields.
pub(crate) fn event(event_type: &str, fields: &Value) -> Value {
    let data = json!({"name": "Data", "type": "record", "fields": fields});
    json!({
        "name": "CloudEvent",
        "type": "record",
        "fields": [{"name": "data", "type": data}],
        "namespace": event_type,
    })
}

pub(crate) fn definition(schema: &Value) -> Definition {
    Definition::from_json(schema).unwrap_or_else(|error| panic!("{schema}: {error}"))
}

/// A version in a lock file.
pub(crate) fn version(minor_version: u32, schema: &Value) -> Value {
    let fingerprint = definition(schema).fingerprint().to_string();
    json!({"minor_version": minor_version, "fingerprint": fingerprint, "schema": schema})
}

/// A lock file with one event, which went through these versions.
pub(crate) fn lock_text(event_type: &str, versions: &[Value], waivers: &Value) -> String {
    let (current, history) = versions.split_last().expect("a version");
    let mut event = current.clone();
    event["event_type"] = event_type.into();
    event["history"] = history.into();
    json!({
        "format": 1,
        "mode": "forward_transitive",
        "readers": ["rust", "python-kafka", "python-redis"],
        "waivers": waivers,
        "events": [event],
    })
    .to_string()
}

pub(crate) fn lock(event_type: &str, versions: &[Value], waivers: &Value) -> Lock {
    Lock::parse(&lock_text(event_type, versions, waivers), Path::new("lock")).expect("a lock file")
}

/// A program with one event.
pub(crate) fn program(event_type: &str, version: Value) -> Snapshot {
    Snapshot::of_lock(&lock(event_type, &[version], &json!([])))
}

/// A change in short: `RULE path b:rkp f:rkp`, with a letter for each reader for whom it breaks backward and forward.
pub(crate) fn short(change: &Change) -> String {
    let letters = |readers: Readers| -> String {
        let letter = |reader| match reader {
            Reader::Rust => 'r',
            Reader::PythonKafka => 'k',
            Reader::PythonRedis => 'p',
        };
        readers.iter().map(letter).collect()
    };
    let (backward, forward) = (letters(change.breaks.backward), letters(change.breaks.forward));
    format!("{} {} b:{backward} f:{forward}", change.rule, change.path)
}
