//! What breaks for readers by position, shown by bytes: what one schema wrote is read by the other as if it were its own.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as AvroValue;
use apache_avro::writer::datum::GenericDatumWriter;
use openedx_events::evolution::{Reader, compare};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::random::{pairs, schema};
use crate::schemas::definition;

/// A value that the schema takes, from `seed`.
fn value(schema: &apache_avro::Schema, seed: &mut u64) -> AvroValue {
    use apache_avro::Schema as S;
    let mut next = |limit: u64| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % limit
    };
    match schema {
        S::Null => AvroValue::Null,
        S::Boolean => AvroValue::Boolean(next(2) == 1),
        S::Int => AvroValue::Int(i32::try_from(next(1000)).expect("small")),
        S::Long => AvroValue::Long(i64::try_from(next(100_000)).expect("small")),
        S::Float => AvroValue::Float(0.5),
        S::Double => AvroValue::Double(0.25),
        S::Bytes => AvroValue::Bytes(vec![b'b'; usize::try_from(next(4)).expect("small")]),
        S::String => AvroValue::String("s".repeat(usize::try_from(next(4)).expect("small"))),
        S::Array(array) => {
            AvroValue::Array((0..next(3)).map(|_| value(&array.items, seed)).collect::<Vec<_>>())
        }
        S::Map(map) => {
            AvroValue::Map((0..next(3)).map(|key| (format!("k{key}"), value(&map.types, seed))).collect())
        }
        S::Union(union) => {
            let branch = next(union.variants().len() as u64);
            let inner = value(&union.variants()[usize::try_from(branch).expect("small")], seed);
            AvroValue::Union(u32::try_from(branch).expect("small"), Box::new(inner))
        }
        S::Enum(symbols) => {
            let index = next(symbols.symbols.len() as u64);
            let symbol = symbols.symbols[usize::try_from(index).expect("small")].clone();
            AvroValue::Enum(u32::try_from(index).expect("small"), symbol)
        }
        S::Record(record) => AvroValue::Record(
            record.fields.iter().map(|field| (field.name.clone(), value(&field.schema, seed))).collect(),
        ),
        other => panic!("no such type is made: {other:?}"),
    }
}

/// What a reader by position makes of what was written, and what was: for the fields of both. Null if it cannot read it.
fn misread(writer: &Value, reader: &Value, seed: u64) -> (Value, Value) {
    let writer = apache_avro::Schema::parse(writer).expect("a schema");
    let reader = apache_avro::Schema::parse(reader).expect("a schema");
    let written = value(&writer, &mut seed.clone());
    let bytes = GenericDatumWriter::builder(&writer)
        .build()
        .and_then(|writer| writer.write_value_to_vec(written.clone()))
        .expect("a value of the schema");
    let read = GenericDatumReader::builder(&reader)
        .build()
        .and_then(|reader| reader.read_value(&mut bytes.as_slice()));
    (plain(&written), read.map_or(Value::Null, |read| plain(&read)))
}

/// Without the difference between ints and longs, and between bytes and texts.
fn plain(value: &AvroValue) -> Value {
    match value {
        AvroValue::Boolean(value) => json!(value),
        AvroValue::Int(value) => json!(i64::from(*value)),
        AvroValue::Long(value) => json!(value),
        AvroValue::Float(value) => json!(value),
        AvroValue::Double(value) => json!(value),
        AvroValue::Bytes(value) => json!(String::from_utf8_lossy(value)),
        AvroValue::String(value) | AvroValue::Enum(_, value) => json!(value),
        AvroValue::Array(items) => items.iter().map(plain).collect(),
        AvroValue::Map(items) => items.iter().map(|(key, item)| (key.clone(), plain(item))).collect(),
        AvroValue::Record(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), plain(field))).collect()
        }
        AvroValue::Union(_, inner) => plain(inner),
        _ => Value::Null,
    }
}

/// Whether all that was read is what was written, where both have it.
fn agrees(written: &Value, read: &Value) -> bool {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            read.iter().all(|(name, value)| written.get(name).is_none_or(|other| agrees(other, value)))
        }
        (Value::Array(written), Value::Array(read)) => {
            written.len() == read.len() && written.iter().zip(read).all(|(one, other)| agrees(one, other))
        }
        (written, read) => written == read,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_breaks_nothing_is_read_rightly((old, new) in pairs(), seed in any::<u64>()) {
        let (before, after) = (schema(&old, false), schema(&new, false));
        let changes = compare(&definition(&before), &definition(&after));
        let breaks = |forward: bool| changes.iter().any(|change| {
            let breaks = change.breaks;
            (if forward { breaks.forward } else { breaks.backward }).contains(Reader::PythonRedis)
        });
        for seed in (0..8).map(|more| seed.wrapping_add(more)) {
            if !breaks(true) {
                let (written, read) = misread(&after, &before, seed);
                prop_assert!(agrees(&written, &read) && !read.is_null(), "{} read as {}: {:#?}", written, read, changes);
            }
            if !breaks(false) {
                let (written, read) = misread(&before, &after, seed);
                prop_assert!(agrees(&written, &read) && !read.is_null(), "{} read as {}: {:#?}", written, read, changes);
            }
        }
    }
}

#[test]
fn upstreams_change_of_11_1_gives_wrong_values_and_no_error() {
    let record = |names: &[&str]| {
        let fields: Vec<_> = names.iter().map(|name| json!({"name": name, "type": "boolean"})).collect();
        json!({"name": "D", "type": "record", "fields": fields})
    };
    let old = record(&["enable_in_context", "enable_graded_units"]);
    let new = record(&["enabled", "enable_in_context", "enable_graded_units"]);
    let changes = compare(&definition(&old), &definition(&new));
    assert!(changes.iter().all(|change| change.breaks.forward.contains(Reader::PythonRedis)));
    // Some value comes out wrong, and none is refused.
    let read: Vec<_> = (0..32).map(|seed| misread(&new, &old, seed)).collect();
    assert!(read.iter().all(|(_, read)| !read.is_null()));
    assert!(read.iter().any(|(written, read)| !agrees(written, read)));
}
