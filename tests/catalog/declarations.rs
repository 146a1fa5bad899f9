//! The declarations against `conformance/catalog.json`: events, classes, fields, their types and what may be left out.

use openedx_events::data::{Field, FieldType};
use openedx_events::{all_events, get_signal_by_type};
use serde_json::Value;

use crate::classes::SUBDOMAINS;
use crate::conformance::{classes, list_of, signals, text};

/// The keys of the events for which upstream documents a path that leads nowhere.
const CORRECTED: &[(&str, &str)] = &[
    ("org.openedx.authz.role_assignment.created", "role_assignment.subject"),
    ("org.openedx.authz.role_assignment.deleted", "role_assignment.subject"),
    ("org.openedx.content_authoring.course.import.completed.v1", "course.course_key"),
    ("org.openedx.content_authoring.course.rerun.completed.v1", "course.course_key"),
];

#[test]
fn events_are_upstreams() {
    for signal in signals() {
        let event_type = text(&signal["event_type"]);
        let ours = get_signal_by_type(event_type).expect("the event is declared");
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
    let ours = all_events().iter().filter(|signal| signal.info().crate_name() == "openedx_events").count();
    assert_eq!((ours, signals().len()), (75, 75));
}

/// That the paths lead to a field is checked by the compiler.
#[test]
fn every_event_has_a_key_and_it_is_upstreams_where_that_is_right() {
    let (mut documented, mut corrected) = (0, Vec::new());
    for signal in signals() {
        let event_type = text(&signal["event_type"]);
        let ours = get_signal_by_type(event_type).expect("the event is declared").info();
        let key = ours.key_field.unwrap_or_else(|| panic!("{event_type} has no key"));
        if signal["event_key_field_resolves"] == true {
            assert_eq!(key, text(&signal["event_key_field"]), "{event_type}");
            documented += 1;
        } else if !signal["event_key_field"].is_null() {
            corrected.push((event_type, key));
        }
    }
    corrected.sort_unstable();
    assert_eq!((documented, corrected.as_slice()), (19, CORRECTED));
}

/// Upstream has a list of three, of which one goes on the bus as well as any other.
#[test]
fn an_event_has_a_form_on_the_bus_where_upstream_has_one() {
    let mut without = Vec::new();
    for signal in signals() {
        let event_type = text(&signal["event_type"]);
        let ours = get_signal_by_type(event_type).expect("the event is declared");
        assert_eq!(signal["avro_serializable"], ours.schema().is_ok(), "{event_type}");
        if let Err(error) = ours.schema() {
            without.push((event_type, error.to_string()));
        }
    }
    let reason = "it holds pictures of signatures, and a file has no form on the event bus";
    assert_eq!(
        without,
        [
            ("org.openedx.content_authoring.course.certificate_config.changed.v1", reason.to_owned()),
            ("org.openedx.content_authoring.course.certificate_config.deleted.v1", reason.to_owned()),
        ]
    );
}

#[test]
fn classes_are_upstreams() {
    let (mut classes_seen, mut fields_seen) = (0, 0);
    for subdomain in SUBDOMAINS {
        let upstream = classes(subdomain.name);
        assert_eq!(subdomain.classes.len(), upstream.len(), "{}", subdomain.name);
        for (ours, class) in subdomain.classes.iter().zip(upstream) {
            let name = text(&class["class"]);
            assert_eq!(ours.record.name, name);
            let fields: Vec<_> = ours.record.fields.iter().map(described).collect();
            let expected: Vec<_> = list_of(&class["fields"]).iter().map(expected).collect();
            assert_eq!(fields, expected, "{} {name}", subdomain.name);
            classes_seen += 1;
            fields_seen += fields.len();
        }
    }
    assert_eq!((classes_seen, fields_seen), (52, 265));
}

#[test]
fn everything_is_described() {
    let events = all_events().iter().map(|signal| signal.record());
    let classes = SUBDOMAINS.iter().flat_map(|subdomain| subdomain.classes).map(|class| class.record);
    for record in events.chain(classes) {
        assert!(record.description.ends_with('.'), "{} has no description", record.name);
        for field in record.fields {
            assert!(field.description.ends_with('.'), "{}.{} has no description", record.name, field.name);
        }
    }
}

/// A field in upstream's catalog: name, type, and its default.
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
        "BinaryIO" => "file",
        class => class,
    }
    .to_owned()
}
