//! The declarations against `conformance/catalog.json`: events, classes, fields, their types and what may be left out.

use openedx_events::all_events;
use openedx_events::data::{Field, FieldType};
use serde_json::Value;

use crate::classes::LEARNING;
use crate::conformance::{classes, list_of, signals, text};

const PREFIX: &str = "org.openedx.learning.";

#[test]
fn events_are_upstreams() {
    let upstream = signals("learning");
    for signal in &upstream {
        let event_type = text(&signal["event_type"]);
        let ours = openedx_events::get_signal_by_type(event_type).expect("the event is declared");
        let info = ours.info();
        assert_eq!(info.signal_name, text(&signal["variable"]));
        assert_eq!(info.module, text(&signal["module"]).replace('.', "::"));
        assert_eq!(signal["minor_version"], info.minor_version);
        let data: Vec<_> = ours
            .record()
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), field.field_type.to_string()))
            .collect();
        let expected: Vec<_> = list_of(&signal["data"])
            .iter()
            .map(|data| (text(&data["key"]).to_owned(), text(&data["class"]).to_owned()))
            .collect();
        assert_eq!(data, expected, "{event_type}");
    }
    let ours = all_events().iter().filter(|signal| signal.event_type().starts_with(PREFIX)).count();
    assert_eq!((ours, upstream.len()), (37, 37));
}

/// That the paths lead to a field is checked by the compiler.
#[test]
fn every_event_has_a_key_and_it_is_upstreams_where_that_is_right() {
    let mut documented = 0;
    for signal in signals("learning") {
        let event_type = text(&signal["event_type"]);
        let ours = openedx_events::get_signal_by_type(event_type).expect("the event is declared").info();
        let key = ours.key_field.unwrap_or_else(|| panic!("{event_type} has no key"));
        if signal["event_key_field_resolves"] == true {
            assert_eq!(key, text(&signal["event_key_field"]), "{event_type}");
            documented += 1;
        }
    }
    assert_eq!(documented, 12);
}

#[test]
fn classes_are_upstreams() {
    let upstream = classes("learning");
    let mut count = 0;
    assert_eq!(LEARNING.len(), upstream.len());
    for (ours, class) in LEARNING.iter().zip(&upstream) {
        let name = text(&class["class"]);
        assert_eq!(ours.record.name, name);
        let fields: Vec<_> = ours.record.fields.iter().map(described).collect();
        let expected: Vec<_> = list_of(&class["fields"]).iter().map(expected).collect();
        assert_eq!(fields, expected, "{name}");
        count += fields.len();
    }
    assert_eq!((LEARNING.len(), count), (29, 160));
}

#[test]
fn everything_is_described() {
    let events = all_events().iter().map(|signal| signal.record());
    for record in events.chain(LEARNING.iter().map(|class| class.record)) {
        assert!(record.description.ends_with('.'), "{} has no description", record.name);
        for field in record.fields {
            assert!(field.description.ends_with('.'), "{}.{} has no description", record.name, field.name);
        }
    }
}

/// What of a field upstream's catalog tells: name, type, and what holds if it is left out.
type Described = (String, String, &'static str);

fn described(field: &Field) -> Described {
    let left_out = match (field.field_type, field.default.is_some()) {
        (FieldType::Optional(_), false) => "null",
        (_, true) => "default",
        (_, false) => "required",
    };
    (field.name.to_owned(), field.field_type.to_string(), left_out)
}

fn expected(field: &Value) -> Described {
    let field_type = in_our_words(text(&field["type"]));
    let (field_type, left_out) = match text(&field["default"]["kind"]) {
        "required" => (field_type, "required"),
        "none" => (format!("{field_type} or null"), "null"),
        "factory" | "literal" | "class_object" => (field_type, "default"),
        kind => panic!("unknown kind of default: {kind}"),
    };
    (text(&field["name"]).to_owned(), field_type, left_out)
}

fn in_our_words(python: &str) -> String {
    if let Some(inner) = python.strip_prefix("list[").and_then(|rest| rest.strip_suffix(']')) {
        return format!("list of {}", in_our_words(inner));
    }
    if let Some(inner) = python.strip_prefix("dict[str, ").and_then(|rest| rest.strip_suffix(']')) {
        return format!("map of {}", in_our_words(inner));
    }
    let class = python.rsplit('.').next().unwrap_or(python);
    match class {
        "str" => "string",
        "int" => "long",
        "float" => "double",
        "bool" => "boolean",
        class => class,
    }
    .to_owned()
}
