//! Data of other schemas, read as the Avro library reads them.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use fastrand::Rng;
use openedx_events::avro::writer::WriterSchema;
use openedx_events::{AnyEvent, AnySignal, PersonalData};
use openedx_events_tests::random::seed;

use crate::bounds::PARCEL_SENT;
use crate::corpus::targets::writer_schema::changed;
use crate::schemas::take_any_namespace;
use crate::writers::{MEAL_COOKED, PHOTO_TAKEN};

/// Our schemas are changed at random, and data are made for them.
#[test]
fn schemas_are_resolved_as_the_avro_library_does() {
    // The library takes much of the stack.
    let judge = std::thread::Builder::new().stack_size(256 << 20).spawn(judge).expect("a thread");
    judge.join().expect("no difference");
}

fn judge() {
    take_any_namespace();
    let mut random = Rng::with_seed(seed("AVRO_SEED"));
    let (mut read, mut refused) = (0, 0);
    for _ in 0..3000 {
        let signals: [&dyn AnySignal; 3] = [&MEAL_COOKED, &PARCEL_SENT, &PHOTO_TAKEN];
        let signal = signals[random.usize(..3)];
        let changes: Vec<_> =
            (0..3 * random.usize(..5)).map(|_| u8::try_from(random.usize(..256)).expect("a byte")).collect();
        let text = changed(signal.schema().expect("a schema").as_str(), &changes);
        let Ok(library) = apache_avro::Schema::parse_str(&text) else { continue };
        // The library reads a record that contains itself until the stack ends.
        let is_endless = |name: &str| text.matches(&format!("\"{name}\"")).count() > 1;
        if ["Itself", "Twice", "Empty"].into_iter().any(is_endless) {
            continue;
        }
        // The library takes a name that is defined twice.
        let Ok(schema) = WriterSchema::parse(&text) else { continue };
        let resolved = apache_avro::schema::ResolvedSchema::try_from(&library).expect("all names are there");
        let written = value(&library, resolved.get_names(), &mut random, 0);
        let bytes =
            GenericDatumWriter::builder(&library).build().and_then(|datum| datum.write_value_to_vec(written));
        let bytes = bytes.expect("a value of the schema");
        match (schema.decode(signal, &bytes), by_library(signal, &library, &bytes)) {
            (Ok(ours), Ok(theirs)) => {
                let json = |event: &dyn AnyEvent| event.to_json(PersonalData::Keep).expect("it was read");
                assert_eq!(json(ours.as_ref()), json(theirs.as_ref()), "{text} {bytes:?}");
                read += 1;
            }
            (Err(_), Err(_)) => refused += 1,
            // What the specification does not have.
            (Err(error), Ok(_)) => assert!(
                error.reason().contains("cannot be read as bytes") && text.contains("array")
                    || error.reason().contains("cannot be read as string") && text.contains("fixed"),
                "{error}: {text} {bytes:?}"
            ),
            // A default that a schema cannot say.
            (Ok(_), Err(error)) if error.starts_with("Missing field in record: \"") => {
                let name = error.split('"').nth(1).expect("a name");
                assert!(
                    ["picture", "stars"].contains(&name) && !text.contains(&format!("\"{name}\"")),
                    "{error}: {text}"
                );
            }
            (Ok(_), Err(error)) => panic!("{error}: {text} {bytes:?}"),
        }
    }
    println!("{read} were read by both, {refused} by neither");
    assert!(read > 500 && refused > 500, "{read}, {refused}");
}

fn by_library(
    signal: &dyn AnySignal,
    writer: &apache_avro::Schema,
    mut bytes: &[u8],
) -> Result<Box<dyn AnyEvent>, String> {
    let reader = signal.schema().expect("a schema").to_reader();
    let reader = apache_avro::Schema::parse_str(&reader).map_err(|error| error.to_string())?;
    let datum = GenericDatumReader::builder(writer).reader_schema(&reader).build();
    let value = datum.and_then(|datum| datum.read_value(&mut bytes)).map_err(|error| error.to_string())?;
    let written =
        GenericDatumWriter::builder(&reader).build().and_then(|datum| datum.write_value_to_vec(value));
    signal.decode(&written.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
}

type Names<'a> = std::collections::HashMap<apache_avro::schema::Name, &'a apache_avro::Schema>;

/// A value that the schema takes.
fn value(schema: &apache_avro::Schema, names: &Names<'_>, random: &mut Rng, depth: usize) -> Value {
    use apache_avro::Schema as S;
    let few = if depth > 6 { 1 } else { 3 };
    match schema {
        S::Null => Value::Null,
        S::Boolean => Value::Boolean(random.usize(..2) == 1),
        S::Int => Value::Int(i32::try_from(random.usize(..1000)).expect("small")),
        S::Long => Value::Long(i64::try_from(random.usize(..100_000)).expect("small")),
        S::Float => Value::Float(0.5),
        S::Double => Value::Double(0.25),
        S::Bytes => Value::Bytes(vec![[b'b', 0xff][random.usize(..2)]; random.usize(..4)]),
        S::String => Value::String("s".repeat(random.usize(..4))),
        S::Fixed(fixed) => Value::Fixed(fixed.size, vec![b'f'; fixed.size]),
        S::Array(array) => Value::Array(
            (0..random.usize(..few)).map(|_| value(&array.items, names, random, depth + 1)).collect(),
        ),
        S::Map(map) => {
            let entries = (0..random.usize(..few))
                .map(|key| (format!("k{key}"), value(&map.types, names, random, depth + 1)));
            Value::Map(entries.collect())
        }
        S::Union(union) => {
            let branch = random.usize(..union.variants().len());
            let inner = value(&union.variants()[branch], names, random, depth + 1);
            Value::Union(u32::try_from(branch).expect("small"), Box::new(inner))
        }
        S::Enum(symbols) => {
            let index = random.usize(..symbols.symbols.len());
            Value::Enum(u32::try_from(index).expect("small"), symbols.symbols[index].clone())
        }
        S::Record(record) => Value::Record(
            record
                .fields
                .iter()
                .map(|field| (field.name.clone(), value(&field.schema, names, random, depth + 1)))
                .collect(),
        ),
        S::Ref { name } => {
            let (_, schema) = names.iter().find(|(each, _)| each.name() == name.name()).expect("it is there");
            value(schema, names, random, depth + 1)
        }
        other => panic!("no such type is made: {other:?}"),
    }
}
