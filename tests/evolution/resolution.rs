//! What breaks by Avro's resolution, with the library `apache-avro` as the judge.

use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};
use openedx_events::evolution::{Reader, compare};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::random::{Field, pairs, records, schema};
use crate::schemas::definition;

/// Whether the judge says that all that one wrote can be read.
fn can_read(writer: &Value, reader: &Value) -> bool {
    let parse = |schema: &Value| {
        apache_avro::Schema::parse(schema).unwrap_or_else(|error| panic!("{schema}: {error}"))
    };
    SchemaCompatibility::can_read(&parse(writer), &parse(reader)) == Ok(Compatibility::Full)
}

fn judge(old: &[Field], new: &[Field]) -> Result<(), TestCaseError> {
    let (before, after) = (schema(old, false), schema(new, false));
    let changes = compare(&definition(&before), &definition(&after));
    for (reader, null_alone) in [(Reader::Rust, false), (Reader::PythonKafka, true)] {
        let (old_reader, new_reader) = (schema(old, null_alone), schema(new, null_alone));
        let backward = changes.iter().any(|change| change.breaks.backward.contains(reader));
        let forward = changes.iter().any(|change| change.breaks.forward.contains(reader));
        prop_assert_eq!(!backward, can_read(&before, &new_reader), "{} backward: {:#?}", reader, changes);
        prop_assert_eq!(!forward, can_read(&after, &old_reader), "{} forward: {:#?}", reader, changes);
        prop_assert_eq!(!backward, definition(&after).can_read(&definition(&before), reader));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_few_changes_break_what_the_judge_says((old, new) in pairs()) {
        judge(&old, &new)?;
    }

    #[test]
    fn any_two_records_break_what_the_judge_says(old in records(), new in records()) {
        judge(&old, &new)?;
    }

    #[test]
    fn a_schema_has_no_changes_from_itself(record in records()) {
        let shown = definition(&schema(&record, false));
        prop_assert_eq!(compare(&shown, &shown), []);
    }

    #[test]
    fn fingerprints_are_those_of_the_judge(record in records()) {
        let shown = schema(&record, false);
        let theirs = apache_avro::Schema::parse(&shown).expect("a schema");
        let theirs: [u8; 8] = theirs
            .fingerprint::<apache_avro::rabin::Rabin>()
            .bytes
            .try_into()
            .expect("64 bits");
        prop_assert_eq!(definition(&shown).fingerprint().get(), u64::from_le_bytes(theirs));
    }
}

#[test]
fn recursive_records_have_an_end() {
    let tree = |leaf: &str, more: Option<Value>| {
        let mut fields = vec![
            json!({"name": "children", "type": {"type": "array", "items": "Tree"}}),
            json!({"name": "leaf", "type": leaf}),
        ];
        fields.extend(more);
        json!({"name": "Tree", "type": "record", "fields": fields})
    };
    let more = json!({"name": "more", "type": ["null", "Tree"], "default": null});
    for (old, new) in [
        (tree("long", None), tree("long", None)),
        (tree("int", None), tree("long", None)),
        (tree("long", None), tree("long", Some(more))),
        (tree("long", None), tree("string", None)),
    ] {
        for (writer, reader) in [(&old, &new), (&new, &old)] {
            assert_eq!(
                definition(reader).can_read(&definition(writer), Reader::Rust),
                can_read(writer, reader),
                "{writer} read as {reader}"
            );
        }
    }
}
