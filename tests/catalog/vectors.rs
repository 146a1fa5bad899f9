//! Recorded payloads: read into their types, written back, and the same.

use std::collections::BTreeSet;

use openedx_events::data::{FieldType, Record};

use openedx_events::PersonalData;
use openedx_events::get_signal_by_type;
use serde_json::Value;

use crate::classes::subdomain_of;
use crate::conformance::{all_cases, file, text};

/// The recorded datetimes that have no offset, a line each: event type, case, steps to the field, text. They are taken as
/// UTC and written back with it: all that we change.
const NAIVE: &str = include_str!("naive.txt");

#[test]
fn every_recorded_event_is_read_and_written_back() {
    let mut compared = Compared::default();
    let cases = all_cases();
    for recorded in &cases {
        let place = format!("{} {}", recorded.event_type, recorded.case);
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        let event =
            signal.read_json(&recorded.record.to_string()).unwrap_or_else(|error| panic!("{place}: {error}"));
        let json = event.to_json(PersonalData::Keep).expect("it came from JSON");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        compared.records(&place, signal.record(), &recorded.record, &json);
    }
    assert!(compared.wrong.is_empty(), "{}", compared.wrong.join("\n"));
    assert_eq!(compared.naive, NAIVE.lines().collect::<Vec<_>>());
    let events: BTreeSet<_> = cases.iter().map(|recorded| &recorded.event_type).collect();
    assert_eq!((events.len(), cases.len()), (73, 459));
}

/// The classes' own serde traits give the same JSON as the event.
#[test]
fn serde_reads_and_writes_the_data_classes() {
    let mut compared = Compared::default();
    let cases = all_cases();
    for recorded in &cases {
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        let [field] = signal.record().fields else { panic!("{} has one field", recorded.event_type) };
        let record = field.field_type.record().expect("a data class");
        let class = subdomain_of(&recorded.event_type).class(record.name).expect("a data class");
        let data = &recorded.record[field.name];
        compared.records(&recorded.event_type, record, data, &(class.shown)(data).json);
    }
    assert!(compared.wrong.is_empty(), "{}", compared.wrong.join("\n"));
}

#[test]
fn the_key_of_an_event_is_the_value_at_its_path() {
    for recorded in all_cases() {
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        let path = signal.info().key_field.expect("every event has a key");
        let event = signal.read_json(&recorded.record.to_string()).expect("a recorded event");
        let key = event.key().expect("every event has a key");
        let expected = path.split('.').fold(&recorded.record, |value, step| &value[step]);
        match expected {
            Value::String(text) => assert_eq!(&key, text, "{}", recorded.event_type),
            other => assert_eq!(key, other.to_string(), "{}", recorded.event_type),
        }
    }
}

/// By the standard library's own reading, as serde_json is what is under test.
#[test]
fn floats_are_exact() {
    let mut count = 0;
    // The only event with a float.
    let recorded = file("vectors/org.openedx.learning.course.persistent_grade_summary.changed.v1.json");
    for line in recorded.lines() {
        let Some(expected) = float_in(line) else { continue };
        let case: Value = serde_json::from_str(line.trim_end_matches(',')).expect("a case a line");
        let signal = get_signal_by_type("org.openedx.learning.course.persistent_grade_summary.changed.v1")
            .expect("the event is declared");
        // The text of the record as it was recorded, with no float of serde_json in between.
        let start = line.find(r#""record":"#).expect("a record") + r#""record":"#.len();
        let end = line.find(r#","avro_hex""#).expect("its bytes");
        let event = signal.read_json(&line[start..end]).expect("a recorded event");
        let written = event.to_json(PersonalData::Keep).expect("it came from JSON");
        let name = text(&case["name"]);
        assert_eq!(float_in(&written).map(f64::to_bits), Some(expected.to_bits()), "{name}: {expected:e}");
        count += 1;
    }
    assert_eq!(count, 27);
}

fn float_in(json: &str) -> Option<f64> {
    let (_, rest) = json.split_once(r#""percent_grade":"#)?;
    let end = rest.find([',', '}'])?;
    Some(rest[..end].parse().expect("a number"))
}

/// What came of comparing recorded JSON with ours.
#[derive(Default)]
struct Compared {
    wrong: Vec<String>,
    /// Datetimes that differ by the offset alone, which theirs does not have.
    naive: Vec<String>,
}

impl Compared {
    fn records(&mut self, path: &str, record: &'static Record, theirs: &Value, ours: &Value) {
        let (Value::Object(theirs), Value::Object(ours)) = (theirs, ours) else {
            self.wrong.push(format!("{path}: {theirs} and {ours}"));
            return;
        };
        if !theirs.keys().eq(ours.keys()) || theirs.len() != record.fields.len() {
            self.wrong.push(format!("{path}: other members"));
            return;
        }
        for field in record.fields {
            let path = format!("{path} {}", field.name);
            self.values(&path, field.field_type, &theirs[field.name], &ours[field.name]);
        }
    }

    fn values(&mut self, path: &str, field_type: FieldType, theirs: &Value, ours: &Value) {
        match (field_type, theirs, ours) {
            (FieldType::Optional(inner), theirs, ours) if !theirs.is_null() => {
                self.values(path, *inner, theirs, ours);
            }
            (FieldType::Record(record), theirs, ours) => self.records(path, record(), theirs, ours),
            (FieldType::List(inner), Value::Array(theirs), Value::Array(ours))
                if theirs.len() == ours.len() =>
            {
                for (theirs, ours) in theirs.iter().zip(ours) {
                    self.values(path, *inner, theirs, ours);
                }
            }
            (FieldType::Map(inner), Value::Object(theirs), Value::Object(ours))
                if theirs.keys().eq(ours.keys()) =>
            {
                for (theirs, ours) in theirs.values().zip(ours.values()) {
                    self.values(path, *inner, theirs, ours);
                }
            }
            (FieldType::Double, Value::Number(theirs), Value::Number(ours))
                if theirs.as_f64().map(f64::to_bits) == ours.as_f64().map(f64::to_bits) => {}
            (FieldType::DateTime, Value::String(theirs), Value::String(ours))
                if *ours == format!("{theirs}+00:00") =>
            {
                self.naive.push(format!("{path}: {theirs}"));
            }
            (_, theirs, ours) if theirs == ours => {}
            (_, theirs, ours) => self.wrong.push(format!("{path}: {theirs} and {ours}")),
        }
    }
}
