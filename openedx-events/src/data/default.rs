//! The value of a field that was left out.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

use super::record::FieldType;

/// The default of a [`Field`](super::Field).
#[derive(Clone, Copy)]
pub struct FieldDefault(fn() -> Option<Value>);

impl FieldDefault {
    pub(super) const fn new(value: fn() -> Option<Value>) -> Self {
        Self(value)
    }

    /// The default as JSON, made anew; `None` if it has no form in JSON, such as a datetime after the
    /// year 9999.
    pub fn to_json(self) -> Option<Value> {
        (self.0)()
    }

    /// The default as it stands in a schema; `None` if Avro has no way to say it.
    pub(crate) fn to_avro(self, field_type: FieldType) -> Option<Value> {
        avro(&self.to_json()?, field_type)
    }
}

impl fmt::Debug for FieldDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_json())
    }
}

/// Our JSON as Avro's, which differ in bytes and in what is optional.
fn avro(value: &Value, field_type: FieldType) -> Option<Value> {
    match (field_type, value) {
        // Avro writes a byte as the character of its number. The library that resolves schemas takes the bytes of the
        // text's UTF-8 instead: of these it shall not see any that differ.
        (FieldType::Bytes, Value::String(base64)) => {
            let bytes = BASE64.decode(base64).ok()?;
            bytes.is_ascii().then(|| Value::String(bytes.into_iter().map(char::from).collect()))
        }
        // A default of a union is one of its first branch, which is null.
        (FieldType::Optional(_), value) => value.is_null().then_some(Value::Null),
        (FieldType::List(inner), Value::Array(items)) => {
            items.iter().map(|item| avro(item, *inner)).collect::<Option<_>>().map(Value::Array)
        }
        (FieldType::Map(inner), Value::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| Some((key.clone(), avro(value, *inner)?)));
            entries.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        (FieldType::Record(record), Value::Object(members)) => {
            let fields = record().fields.iter().map(|field| {
                Some((field.name.to_owned(), avro(members.get(field.name)?, field.field_type)?))
            });
            fields.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        (_, value) => Some(value.clone()),
    }
}
