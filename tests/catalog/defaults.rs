//! What JSON that leaves a field out is read as, against upstream's defaults.

use std::collections::BTreeSet;

use openedx_events::data::{FieldType, Record};

use openedx_events::PersonalData;
use openedx_events::get_signal_by_type;
use serde_json::{Value, json};

use crate::classes::{Subdomain, subdomain_of};
use crate::conformance::{Recorded, classes, list_of, one_of_each, text};

/// A field of a record somewhere in an event: its class, its name, and the steps to it.
struct Place {
    class: &'static str,
    field: &'static str,
    pointer: String,
}

/// Each field of an event of each type in turn: without it the event is refused, or has upstream's default there.
#[test]
fn a_field_left_out_has_upstreams_default() {
    let mut seen = BTreeSet::new();
    for recorded in &one_of_each() {
        let subdomain = subdomain_of(&recorded.event_type);
        let mut places = Vec::new();
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        find_places(signal.record(), &recorded.record, "", &mut places);
        for place in places {
            if let Some(expected) = default_of(subdomain, place.class, place.field) {
                check(recorded, &place, expected.as_ref());
                seen.insert((subdomain.name, place.class, place.field));
            }
        }
    }
    // All fields that events reach, which leaves out the two of `UserNonPersonalData` and the eight of
    // `LicensedEnterpriseCourseEnrollment`.
    assert_eq!(seen.len(), 255);
}

fn check(recorded: &Recorded, place: &Place, expected: Option<&Value>) {
    let Recorded { event_type, record, .. } = recorded;
    let mut without = record.clone();
    let (parent, name) = place.pointer.rsplit_once('/').expect("a field");
    let object = without.pointer_mut(parent).and_then(Value::as_object_mut).expect("a record");
    object.remove(name).expect("the field is there");
    let read = get_signal_by_type(event_type).expect("the event is declared").read_json(&without.to_string());
    let Place { class, field, pointer } = place;
    match (read, expected) {
        (Ok(event), Some(expected)) => {
            let json = event.to_json(PersonalData::Keep).expect("it came from JSON");
            let json: Value = serde_json::from_str(&json).expect("JSON");
            assert_eq!(json.pointer(pointer), Some(expected), "{event_type}: {class}.{field}");
        }
        (Err(error), None) => {
            let error = error.to_string();
            assert!(error.contains(&format!("missing field `{field}`")), "{event_type}: {error}");
        }
        (Ok(_), None) => panic!("{event_type} is read without {class}.{field}"),
        (Err(error), Some(_)) => panic!("{event_type} is not read without {class}.{field}: {error}"),
    }
}

/// Finds every field of every class in an event's JSON; of a list of records, those of the first.
fn find_places(record: &'static Record, json: &Value, pointer: &str, places: &mut Vec<Place>) {
    for field in record.fields {
        let pointer = format!("{pointer}/{}", field.name);
        let value = &json[field.name];
        places.push(Place { class: record.name, field: field.name, pointer: pointer.clone() });
        match field.field_type {
            FieldType::List(FieldType::Record(inner)) => {
                if let Some(first) = value.get(0) {
                    find_places(inner(), first, &format!("{pointer}/0"), places);
                }
            }
            field_type => {
                if let (Some(inner), false) = (field_type.record(), value.is_null()) {
                    find_places(inner, value, &pointer, places);
                }
            }
        }
    }
}

/// Upstream's default: the outer `None` for what is no class of the catalog, the inner one for a required field.
#[expect(clippy::option_option, reason = "two different things may be missing")]
pub(crate) fn default_of(subdomain: &Subdomain, class: &str, field: &str) -> Option<Option<Value>> {
    let classes = classes(subdomain.name);
    let class = classes.iter().find(|each| each["class"] == class)?;
    let field = list_of(&class["fields"]).iter().find(|each| each["name"] == field)?;
    let default = &field["default"];
    Some(match text(&default["kind"]) {
        "required" => None,
        "none" => Some(Value::Null),
        "literal" => Some(default["value"].clone()),
        "factory" => Some(empty(text(&default["factory"]))),
        // The class `dict` itself, where an empty one was meant.
        "class_object" => Some(empty("dict")),
        kind => panic!("unknown kind of default: {kind}"),
    })
}

fn empty(factory: &str) -> Value {
    match factory {
        "str" => json!(""),
        "list" => json!([]),
        "dict" => json!({}),
        factory => panic!("unknown factory: {factory}"),
    }
}
