//! Damaged messages: what a strict reader refuses is refused, and what is taken has the value that Python gives it.

use openedx_events::data::{FieldType, Record};

use openedx_events::PersonalData;
use openedx_events::get_signal_by_type;
use openedx_events_tests::conformance::{bytes, data, list, text};
use openedx_events_tests::finishes;
use serde_json::Value;

#[derive(Debug, Default, PartialEq)]
struct Counts {
    cases: usize,
    /// Read by both.
    taken: usize,
    /// Refused by both: by the reader, or as a key, date or UUID.
    refused: usize,
    /// Refused by us alone, as a strict reader of the specification does.
    strict: usize,
    /// Refused by us alone, for what is left over after the event.
    left_over: usize,
}

#[test]
fn damaged_messages_are_refused_or_have_pythons_value() {
    let counts = finishes(|| {
        let damaged = data("bad_bytes.json");
        let mut counts = Counts::default();
        for (event_type, cases) in damaged.as_object().expect("an object") {
            for case in list(cases) {
                counts.compare(event_type, case);
            }
        }
        counts
    });
    println!("{counts:?}");
    let expected = Counts { cases: 851, taken: 170, refused: 599, strict: 45, left_over: 37 };
    assert_eq!(counts, expected, "how many of the recorded cases are of each kind");
}

impl Counts {
    fn compare(&mut self, event_type: &str, case: &Value) {
        let place = format!("{event_type}, {}", text(&case["what"]));
        let signal = get_signal_by_type(event_type).expect("the event is declared");
        let ours = signal.decode(&bytes(&case["avro_hex"]));
        let (decode, is_strict) = (&case["decode"], case["strict_ok"] == true);
        let python_reads = decode["ok"] == true && case["event"]["ok"] == true;
        self.cases += 1;
        match ours {
            Ok(event) => {
                assert!(is_strict && python_reads, "{place}: only we read it");
                assert_eq!(decode["unread_bytes"], 0, "{place}: bytes are left over");
                if holds_unusual_float(&decode["record"]) {
                    let mut bytes_again = Vec::new();
                    event.encode(&mut bytes_again).expect("it was read");
                    assert_eq!(bytes_again, bytes(&case["avro_hex"]), "{place}");
                }
                let ours = event.to_json(PersonalData::Keep).expect("JSON");
                let read = signal.read_json(&decode["record"].to_string()).expect("what Python reads");
                assert_eq!(ours, read.to_json(PersonalData::Keep).expect("JSON"), "{place}");
                if case["event"]["record"].is_object() {
                    let ours = serde_json::from_str(&ours).expect("JSON");
                    record(&place, signal.record(), &case["event"]["record"], &ours);
                }
                self.taken += 1;
            }
            Err(_) if !python_reads => self.refused += 1,
            Err(_) if !is_strict => self.strict += 1,
            Err(error) => {
                assert_ne!(decode["unread_bytes"], 0, "{place}: {error}");
                self.left_over += 1;
            }
        }
    }
}

/// Whether a value has no JSON number: those are written as `{"$float": …}`.
fn holds_unusual_float(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.contains_key("$float") || members.values().any(holds_unusual_float),
        Value::Array(items) => items.iter().any(holds_unusual_float),
        _ => false,
    }
}

/// Python's event again as a record, against ours. Python's reader loses falsy values of fields with a default, and its
/// writer leaves naive datetimes naive.
fn record(place: &str, shape: &Record, theirs: &Value, ours: &Value) {
    for field in shape.fields {
        let (theirs, ours) = (&theirs[field.name], &ours[field.name]);
        let place = format!("{place} {}", field.name);
        if !field.is_required() && is_falsy(ours) {
            continue;
        }
        value(&place, field.field_type, theirs, ours);
    }
}

fn value(place: &str, field_type: FieldType, theirs: &Value, ours: &Value) {
    match (field_type, theirs, ours) {
        (FieldType::Optional(inner), _, _) if !ours.is_null() => value(place, *inner, theirs, ours),
        (FieldType::Record(shape), _, _) => record(place, shape(), theirs, ours),
        (FieldType::List(inner), Value::Array(theirs), Value::Array(ours)) => {
            assert_eq!(theirs.len(), ours.len(), "{place}");
            theirs.iter().zip(ours).for_each(|(theirs, ours)| value(place, *inner, theirs, ours));
        }
        (FieldType::DateTime, Value::String(theirs), Value::String(ours)) => {
            assert!(theirs == ours || format!("{theirs}+00:00") == *ours, "{place}: {theirs} and {ours}");
        }
        (FieldType::Double, theirs, ours) => assert_eq!(theirs.as_f64(), ours.as_f64(), "{place}"),
        _ => assert_eq!(theirs, ours, "{place}"),
    }
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}
