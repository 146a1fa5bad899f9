//! Empty texts in optional fields: what upstream's own reader makes of them, ours does.

use openedx_events::AnySignal;
use openedx_events::data::{FieldType, Record};
use openedx_events_tests::random::{self, Random};
use serde_json::{Value, json};

use crate::notice::notice;
use crate::peer::Peer;
use crate::signals::signals_on_the_bus;
use crate::{SEED, hex, python};

#[test]
fn an_empty_text_is_a_missing_value_on_both_sides() {
    let Some(python) = python::interpreter() else { return };
    let mut peer = Peer::start(&python, "peer.py", &[]);
    let mut random = Random::new(random::seed(SEED));
    let (mut missing, mut texts) = (0, 0);
    for signal in signals_on_the_bus() {
        for (path, inner) in optional_texts(signal.record()) {
            let is_text = matches!(inner, FieldType::String);
            if try_path(signal, &path, is_text, &mut random, &mut peer) {
                if is_text { texts += 1 } else { missing += 1 }
            }
        }
    }
    notice(&format!(
        "interop: an empty text in {missing} optional keys, times and UUIDs, and in {texts} texts"
    ));
    assert!(missing > 10 && texts > 10, "{missing}, {texts}");
}

/// Whether the event has such a field, in which both sides are given an empty text.
fn try_path(
    signal: &dyn AnySignal,
    path: &[&str],
    is_text: bool,
    random: &mut Random,
    peer: &mut Peer,
) -> bool {
    let name = format!("{} {}", signal.event_type(), path.join("."));
    // What is around it may be missing itself.
    let found = (0..50).find_map(|_| {
        let mut record = random.record(signal.record());
        let place = at(&mut record, path)?;
        let is_there = !place.is_null();
        is_there.then_some(record)
    });
    let Some(mut record) = found else { return false };
    let present = encode(signal, &record);
    *at(&mut record, path).expect("it is there") = Value::Null;
    let missing = encode(signal, &record);
    // They differ first where the branch of the field is, and this alone is left to be changed.
    let start = missing.iter().zip(&present).take_while(|(one, other)| one == other).count();
    assert_eq!((missing[start], present[start]), (0, 2), "{name}");
    let mut empty = missing.clone();
    empty.splice(start..=start, [2, 0]);

    let answer = peer.ask(&json!({ "event_type": signal.event_type(), "avro_hex": hex(&empty) }));
    let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
    let read = signal.decode(&empty).map(|event| {
        let mut bytes = Vec::new();
        event.encode(&mut bytes).expect("it was read");
        bytes
    });
    match (answer["event_error"].as_str(), read) {
        // An empty text is a text, which Python's reader loses.
        (None, Ok(ours)) => assert_eq!(hex(&ours), hex(if is_text { &empty } else { &missing }), "{name}"),
        (None, Err(error)) => panic!("{name}: {error}, but Python reads it"),
        (Some(error), Ok(_)) => panic!("{name}: read here, but not by Python: {error}"),
        (Some(_), Err(_)) => {}
    }
    true
}

fn encode(signal: &dyn AnySignal, record: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    signal.read_json(&record.to_string()).expect("an event").encode(&mut bytes).expect("bytes");
    bytes
}

/// The optional fields that are written as texts, outside of lists and maps.
fn optional_texts(record: &'static Record) -> Vec<(Vec<&'static str>, FieldType)> {
    let fields = record.fields.iter().flat_map(|field| {
        let (is_optional, inner) = match field.field_type {
            FieldType::Optional(inner) => (true, *inner),
            other => (false, other),
        };
        let inside = match inner {
            FieldType::Record(record) => optional_texts(record()),
            FieldType::String | FieldType::Uuid | FieldType::DateTime | FieldType::Key(_) if is_optional => {
                vec![(Vec::new(), inner)]
            }
            _ => Vec::new(),
        };
        inside.into_iter().map(|(mut path, inner)| {
            path.insert(0, field.name);
            (path, inner)
        })
    });
    fields.collect()
}

fn at<'a>(record: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter().try_fold(record, |value, name| value.get_mut(name))
}
