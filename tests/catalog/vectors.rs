//! Recorded payloads: read into their types, written back, and the same.

use std::fs;

use openedx_events::data::{FieldType, PersonalData, Record};
use openedx_events::get_signal_by_type;
use serde_json::Value;

use crate::classes::LEARNING;
use crate::conformance::{all_cases, text, vector_files};

/// The recorded datetimes that have no offset. They are taken as UTC and written back with it: all that we change.
const NAIVE: &[&str] = &[
    "certificate.created.v1 04-extreme certificate course start: 0987-06-05T04:03:02.000001",
    "certificate.revoked.v1 03-text certificate course start: 2033-06-10T21:55:48.360299",
    "certificate.revoked.v1 04-extreme certificate course start: 2020-01-11T05:41:55.977000",
    "course.enrollment.changed.v1 03-text enrollment course end: 2028-12-06T14:26:00.503082",
    "course.enrollment.created.v1 03-text enrollment course start: 2029-03-14T04:39:52.999999",
    "course.enrollment.created.v1 03-text enrollment creation_date: 2024-11-23T02:13:37.000001",
    "course.passing.status.updated.v1 03-text course_passing_status course end: 2009-04-15T13:11:19.307000",
    "course.passing.status.updated.v1 04-extreme course_passing_status course end: 2012-03-27T02:18:30.572000",
    "course.passing.status.updated.v1 05-mixed course_passing_status course start: 2020-07-04T17:48:43.500000",
    "course.persistent_grade_summary.changed.v1 03-text grade course start: 2011-11-01T07:46:11.650368",
    "course.persistent_grade_summary.changed.v1 03-text grade passed_timestamp: 2030-09-13T01:23:58",
    "course.unenrollment.completed.v1 03-text enrollment creation_date: 2007-07-25T00:27:37.000001",
    "idv_attempt.created.v1 03-text idv_attempt expiration_date: 2003-03-04T18:48:11.500000",
    "idv_attempt.created.v1 04-extreme idv_attempt expiration_date: 2016-10-27T16:04:02.297582",
    "idv_attempt.denied.v1 03-text idv_attempt expiration_date: 2024-08-10T17:26:37.297412",
    "ora.submission.created.v1 03-text submission submitted_at: 2017-12-19T08:07:35.165000",
    "program.certificate.awarded.v1 03-text program_certificate certificate_available_date: 2019-12-27T08:40:16.500000",
];

#[test]
fn every_recorded_event_is_read_and_written_back() {
    let mut compared = Compared::default();
    let cases = all_cases("learning");
    for recorded in &cases {
        let event_type = recorded.event_type.trim_start_matches("org.openedx.learning.");
        let place = format!("{event_type} {}", recorded.case);
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        let event =
            signal.read_json(&recorded.record.to_string()).unwrap_or_else(|error| panic!("{place}: {error}"));
        let json = event.to_json(PersonalData::Keep).expect("it came from JSON");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        compared.records(&place, signal.record(), &recorded.record, &json);
    }
    assert!(compared.wrong.is_empty(), "{}", compared.wrong.join("\n"));
    assert_eq!(compared.naive, NAIVE);
    assert_eq!((vector_files("learning").len(), cases.len()), (37, 243));
}

/// The classes' own serde traits give the same JSON as the event.
#[test]
fn serde_reads_and_writes_the_data_classes() {
    let mut compared = Compared::default();
    let cases = all_cases("learning");
    for recorded in &cases {
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        let [field] = signal.record().fields else { panic!("{} has one field", recorded.event_type) };
        let record = field.field_type.record().expect("a data class");
        let class = LEARNING.iter().find(|class| class.record.name == record.name).expect("a data class");
        let data = &recorded.record[field.name];
        compared.records(&recorded.event_type, record, data, &(class.shown)(data).json);
    }
    assert!(compared.wrong.is_empty(), "{}", compared.wrong.join("\n"));
}

#[test]
fn the_key_of_an_event_is_the_value_at_its_path() {
    for recorded in all_cases("learning") {
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
    let file = vector_files("learning")
        .into_iter()
        .find(|file| file.to_string_lossy().contains("persistent_grade_summary"))
        .expect("the only event with a float");
    let mut count = 0;
    for line in fs::read_to_string(file).expect("the vectors are there").lines() {
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
