//! The default of a field that the writer does not have, as bytes.

use serde_json::Value;

use crate::avro::encoder::Encoder;
use crate::avro::schema::{Named, Primitive, RecordField, Tree, Type};

/// Encodes the default of a field of our schema; `None` if it has none.
pub(super) fn default(schema: &Tree, field: &RecordField) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write(schema, &field.field_type, field.default.as_ref()?, &mut out)?;
    Some(out)
}

/// Writes a value of a type from its JSON, in which bytes are a text with a character for each. Returns `None` if the JSON
/// is not of the type.
fn write(schema: &Tree, shown: &Type, value: &Value, out: &mut Vec<u8>) -> Option<()> {
    match (shown, value) {
        (Type::Primitive(primitive), value) => scalar(*primitive, value, out)?,
        (Type::StringEnum(_), Value::String(text)) => Encoder::new(out).write_str(text),
        (Type::Array(items), Value::Array(values)) => {
            if !values.is_empty() {
                Encoder::new(out).write_len(values.len());
            }
            values.iter().try_for_each(|value| write(schema, items, value, out))?;
            Encoder::new(out).write_len(0);
        }
        (Type::Map(values), Value::Object(entries)) => {
            if !entries.is_empty() {
                Encoder::new(out).write_len(entries.len());
            }
            for (key, value) in entries {
                Encoder::new(out).write_str(key);
                write(schema, values, value, out)?;
            }
            Encoder::new(out).write_len(0);
        }
        // Our unions are optional fields, whose default may be a value as well as null.
        (Type::Union(branches), value) => {
            let start = out.len();
            branches.iter().enumerate().find_map(|(place, branch)| {
                out.truncate(start);
                Encoder::new(out).write_len(place);
                write(schema, branch, value, out)
            })?;
        }
        (Type::Named(name), Value::Object(members)) => {
            let Named::Record(fields) = schema.get(name) else { return None };
            for field in fields {
                let value = members.get(&field.name).or(field.default.as_ref())?;
                write(schema, &field.field_type, value, out)?;
            }
        }
        _ => return None,
    }
    Some(())
}

fn scalar(primitive: Primitive, value: &Value, out: &mut Vec<u8>) -> Option<()> {
    let mut out = Encoder::new(out);
    match (primitive, value) {
        (Primitive::Null, Value::Null) => {}
        (Primitive::Boolean, Value::Bool(value)) => out.write_boolean(*value),
        (Primitive::Long, value) => out.write_long(value.as_i64()?),
        (Primitive::Double, value) => out.write_double(value.as_f64()?),
        (Primitive::String, Value::String(text)) => out.write_str(text),
        (Primitive::Bytes, Value::String(text)) => {
            let bytes: Vec<u8> =
                text.chars().map(|character| u8::try_from(character).ok()).collect::<Option<_>>()?;
            out.write_bytes(&bytes);
        }
        _ => return None,
    }
    Some(())
}
