//! What must hold for data of any schema.

use openedx_events::avro::Fingerprint;
use openedx_events::avro::writer::WriterSchema;
use openedx_events::{AnySignal, all_events};
use serde_json::{Value, json};

/// What can be read by any schema is an event.
pub fn writer_schema(data: &[u8]) {
    let Some((signal, text, bytes)) = parts(data) else { return };
    let schema = WriterSchema::parse(&text);
    assert_eq!(
        schema.as_ref().map(WriterSchema::fingerprint),
        Fingerprint::of_schema(&text).as_ref().copied()
    );
    match schema {
        Ok(schema) => decode(signal, &schema, bytes),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// An event, the text of a schema, and data. The first byte picks the event. If the second one is 0, the others are the text, a
/// zero, and the data. Otherwise it is the number of changes to the event's own schema, each of three bytes; the others are the
/// data.
pub fn parts(data: &[u8]) -> Option<(&'static dyn AnySignal, String, &[u8])> {
    let [event, changes, rest @ ..] = data else { return None };
    let events: Vec<_> = all_events().iter().filter(|signal| signal.schema().is_ok()).collect();
    let signal = *events[usize::from(*event) % events.len()];
    let own = signal.schema().expect("those that have one");
    if *changes == 0 {
        let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        let (text, bytes) = rest.split_at(end);
        return Some((
            signal,
            String::from_utf8_lossy(text).into_owned(),
            bytes.get(1..).unwrap_or_default(),
        ));
    }
    let (changes, bytes) = rest.split_at(rest.len().min(3 * usize::from(changes % 8)));
    Some((signal, changed(own.as_str(), changes), bytes))
}

/// Our schema with changes, each of three bytes.
pub fn changed(own: &str, changes: &[u8]) -> String {
    let mut schema = serde_json::from_str(own).expect("our own schema");
    for change in changes.chunks_exact(3) {
        apply(&mut schema, [change[0], change[1], change[2]]);
    }
    schema.to_string()
}

fn decode(signal: &dyn AnySignal, schema: &WriterSchema, bytes: &[u8]) {
    match schema.decode(signal, bytes) {
        Ok(event) => super::same_again(signal, event.as_ref()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Changes one field of one record: its type, its name or its place.
fn apply(schema: &mut Value, [record, field, change]: [u8; 3]) {
    let mut records = Vec::new();
    find_records(schema, &mut Vec::new(), &mut records);
    let Some(path) = records.get(usize::from(record) % records.len().max(1)) else { return };
    let fields = path.iter().fold(schema, |value, step| match step {
        Step::Member(name) => &mut value[*name],
        Step::Item(place) => &mut value[*place],
    });
    let Some(fields) = fields["fields"].as_array_mut() else { return };
    let places = fields.len().max(1);
    let place = usize::from(field & 0x1f) % places;
    let name = ["new", "id", "name", "a", "b"][usize::from(field >> 5) % 5];
    let kind = change & 0x1f;
    match change >> 5 {
        0 => drop(fields.pop()),
        1 if place < fields.len() => drop(fields.remove(place)),
        2 => fields.rotate_left(place),
        3 => fields.insert(place, json!({"name": name, "type": a_type(kind, json!("null"))})),
        4 if place < fields.len() => fields[place]["name"] = name.into(),
        _ if place < fields.len() => {
            let inner = fields[place]["type"].take();
            fields[place]["type"] = a_type(kind, inner);
        }
        _ => {}
    }
}

/// A type of one kind, perhaps of another one.
fn a_type(kind: u8, inner: Value) -> Value {
    let names = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
    match kind {
        0..8 => names[usize::from(kind)].into(),
        8 => json!({"type": "array", "items": inner}),
        9 => json!({"type": "map", "values": inner}),
        10 => json!(["null", inner]),
        11 => json!([inner, "null"]),
        12 => json!([inner, "null", "boolean", "long", "string", {"type": "array", "items": "null"}]),
        13 => json!({"type": "enum", "name": "AnEnum", "symbols": ["A", "B"]}),
        14 => json!({"type": "fixed", "name": "Nothing", "size": 0}),
        15 => json!({"type": "fixed", "name": "Fixed", "size": 3}),
        16 => json!({"type": "record", "name": "Empty", "fields": []}),
        17 => {
            json!({"type": "record", "name": "Twice", "fields": [{"name": "a", "type": inner}, {"name": "b", "type": "null"}]})
        }
        18 => json!({"type": "record", "name": "Itself", "fields": [
            {"name": "a", "type": {"type": "array", "items": "Itself"}}, {"name": "b", "type": "Itself"}]}),
        19 => json!({"type": "record", "name": "List", "fields": [
            {"name": "a", "type": ["null", {"type": "array", "items": "List"}]}]}),
        20 => json!({"type": "array", "items": {"type": "array", "items": "null"}}),
        21 => "Twice".into(),
        22 => "Empty".into(),
        _ => inner,
    }
}

#[derive(Clone, Copy)]
enum Step {
    Member(&'static str),
    Item(usize),
}

/// The paths of all records.
fn find_records(value: &Value, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let mut within = |step, value| {
        path.push(step);
        find_records(value, path, found);
        path.pop();
    };
    match value {
        Value::Object(members) => {
            for name in ["type", "items", "values", "fields"] {
                if let Some(value) = members.get(name) {
                    within(Step::Member(name), value);
                }
            }
            if members.get("fields").is_some_and(Value::is_array) {
                found.push(path.clone());
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, value)| within(Step::Item(place), value));
        }
        _ => {}
    }
}
