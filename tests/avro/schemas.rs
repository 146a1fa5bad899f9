//! The schemas of the shipped events, against upstream's files.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Once;

use openedx_events::avro::{Fingerprint, SchemaError};
use openedx_events::evolution::Definition;
use openedx_events::{all_events, get_signal_by_type};
use openedx_events_tests::conformance::{file, folder};
use serde_json::Value;

#[test]
fn every_schema_is_upstreams() {
    let mut compared = 0;
    for signal in all_events().iter().filter(|signal| signal.info().module.starts_with("openedx_events::")) {
        let Ok(schema) = signal.schema() else { continue };
        let theirs = file(&format!("schemas/{}", schema.file_name()));
        // To the byte, so members and fields are in upstream's order.
        assert_eq!(schema.to_pretty(), theirs, "{}", signal.event_type());
        let ours: Value = serde_json::from_str(schema.as_str()).expect("JSON");
        assert_eq!(ours, serde_json::from_str::<Value>(&theirs).expect("JSON"));
        compared += 1;
    }
    assert_eq!(compared, 73);
}

#[test]
fn every_schema_of_upstream_is_ours() {
    let files = fs::read_dir(folder().join("schemas")).expect("the schemas are there");
    let types: BTreeSet<_> = files
        .map(|file| {
            file.expect("a file").file_name().to_string_lossy().replace(".avsc", "").replace('+', ".")
        })
        .collect();
    for event_type in &types {
        assert!(get_signal_by_type(event_type).expect("declared").schema().is_ok(), "{event_type}");
    }
    assert_eq!(types.len(), 73);
}

#[test]
fn events_with_files_stay_in_the_process() {
    let in_process: Vec<_> = all_events()
        .iter()
        .filter_map(|signal| match signal.schema() {
            Err(SchemaError::InProcess { reason }) => Some((signal.event_type(), *reason)),
            _ => None,
        })
        .collect();
    let types: Vec<_> = in_process.iter().map(|(event_type, _)| *event_type).collect();
    assert_eq!(
        types,
        [
            "org.openedx.content_authoring.course.certificate_config.changed.v1",
            "org.openedx.content_authoring.course.certificate_config.deleted.v1",
        ]
    );
    assert!(in_process.iter().all(|(_, reason)| !reason.is_empty()));
}

#[test]
fn a_schema_is_made_once() {
    for signal in all_events() {
        match (signal.schema(), signal.schema()) {
            (Ok(one), Ok(other)) => assert!(std::ptr::eq(one, other)),
            (one, other) => assert_eq!(one.err(), other.err()),
        }
    }
}

/// Fingerprints by an implementation that is not ours, over the same schemas as upstream writes them.
#[test]
fn fingerprints_are_those_of_the_avro_library() {
    take_any_namespace();
    for signal in all_events() {
        let Ok(schema) = signal.schema() else { continue };
        let theirs = apache_avro::Schema::parse_str(schema.as_str()).expect("a schema");
        assert_eq!(schema.to_canonical(), theirs.canonical_form(), "{}", signal.event_type());
        let fingerprint = theirs.fingerprint::<apache_avro::rabin::Rabin>();
        let ours = schema.fingerprint().get().to_le_bytes();
        assert_eq!(ours.as_slice(), fingerprint.bytes.as_slice(), "{}", signal.event_type());
        assert_eq!(schema.fingerprint().to_string().parse(), Ok(schema.fingerprint()));
    }
}

/// Makes the Avro library take the hyphen in the type of an event, and so in its namespace. Each test calls this before it
/// parses a schema with the library, which decides for the whole process.
pub(crate) fn take_any_namespace() {
    static TAKEN: Once = Once::new();
    TAKEN.call_once(|| {
        apache_avro::validator::set_schema_namespace_validator(Box::new(AnyNamespace))
            .unwrap_or_else(|_| panic!("the library has parsed a schema before"));
    });
}

struct AnyNamespace;

impl apache_avro::validator::SchemaNamespaceValidator for AnyNamespace {
    fn validate(&self, _: &str) -> Result<(), apache_avro::Error> {
        Ok(())
    }
}

#[test]
fn the_reader_has_the_defaults_of_the_data_classes() {
    let signal =
        get_signal_by_type("org.openedx.learning.discussions.configuration.changed.v1").expect("declared");
    let reader = signal.schema().expect("a schema").to_reader();
    let reader: Value = serde_json::from_str(&reader).expect("JSON");
    let fields = reader["fields"][0]["type"]["fields"].as_array().expect("fields");
    let defaults: Vec<_> =
        fields.iter().map(|field| format!("{}: {}", field["name"], field["default"])).collect();
    assert_eq!(
        defaults,
        [
            r#""course_key": null"#,
            r#""provider_type": null"#,
            r#""enabled": true"#,
            r#""enable_in_context": true"#,
            r#""enable_graded_units": false"#,
            r#""unit_level_visibility": false"#,
            r#""plugin_configuration": {}"#,
            r#""contexts": []"#,
        ]
    );
    let without = fields.iter().filter(|field| field.get("default").is_none()).count();
    assert_eq!(without, 2, "the required ones");
}

/// Names that Avro does not allow, in schemas from elsewhere.
#[test]
fn names_against_the_rules_of_avro_are_refused() {
    let cases = [
        (
            r#"{"type": "record", "name": "Maße", "fields": []}"#,
            "`name`: `Maße`: a name can only have ASCII letters",
        ),
        (
            r#"{"type": "record", "name": "long", "fields": []}"#,
            "`name`: `long`: a name cannot be that of a primitive",
        ),
        (r#"{"type": "fixed", "name": "a.2b", "size": 1}"#, "`name`: `2b`: a name cannot begin with a digit"),
        (r#"{"type": "enum", "name": "", "symbols": ["A"]}"#, "`name`: ``: a name cannot be empty"),
        (
            r#"{"type": "enum", "name": "E", "symbols": ["A", "b c"]}"#,
            "`symbols[1]`: `b c`: a symbol can only have",
        ),
        (
            r#"{"type": "fixed", "name": "F", "namespace": "org..x", "size": 1}"#,
            "`namespace`: `org..x`: a name cannot be empty",
        ),
        (
            r#"{"type": "record", "name": "R", "fields": [{"name": "größe", "type": "long"}]}"#,
            "`fields[0].name`: `größe`: a name can only have ASCII letters",
        ),
    ];
    for (schema, expected) in cases {
        let error = Fingerprint::of_schema(schema).expect_err(schema).to_string();
        assert!(error.contains(expected), "{error}");
        let error = schema.parse::<Definition>().expect_err(schema).to_string();
        assert!(error.contains(expected), "{error}");
    }
    // One of upstream's namespaces has a hyphen.
    let hyphen = r#"{"type": "record", "name": "R", "namespace": "org.open-edx.x", "fields": []}"#;
    assert!(Fingerprint::of_schema(hyphen).is_ok());
}
