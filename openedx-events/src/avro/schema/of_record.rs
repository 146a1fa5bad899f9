//! Builds the schemas of our own events from their records.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

use super::SchemaError;
use super::tree::{
    EVENT, Named, Primitive, RecordField, Tree, Type, full_name, name_problem, type_name_problem,
};
use crate::data::{self, FieldType, Record};

impl Tree {
    /// Builds the schema of an event, with the defaults of its data classes and the symbols of its enums.
    pub(super) fn of_event(event_type: &str, record: &'static Record) -> Result<Self, SchemaError> {
        let mut builder =
            Builder { namespace: event_type, known: Vec::new(), path: Vec::new(), named: BTreeMap::new() };
        let root = builder.define(EVENT, record)?;
        Ok(Self { root, named: builder.named })
    }
}

struct Builder<'a> {
    namespace: &'a str,
    /// The records so far, each with the path where it first occurs.
    known: Vec<(&'static Record, String)>,
    path: Vec<&'static str>,
    named: BTreeMap<String, Named>,
}

impl Builder<'_> {
    fn define(&mut self, name: &str, record: &'static Record) -> Result<Type, SchemaError> {
        let mut fields = Vec::with_capacity(record.fields.len());
        for field in record.fields {
            self.path.push(field.name);
            if let Some(problem) = name_problem(field.name) {
                return Err(SchemaError::InvalidName { path: self.path(), name: field.name, problem });
            }
            let field_type = self.field_type(field.field_type)?;
            let default = default(field);
            fields.push(RecordField { name: field.name.to_owned(), field_type, default });
            self.path.pop();
        }
        let name = full_name(Some(self.namespace), name);
        self.named.insert(name.clone(), Named::Record(fields));
        Ok(Type::Named(name))
    }

    fn field_type(&mut self, field_type: FieldType) -> Result<Type, SchemaError> {
        Ok(match field_type {
            FieldType::Optional(inner) => match self.field_type(*inner)? {
                Type::Union(_) => return Err(SchemaError::NestedOption { path: self.path() }),
                inner => Type::Union(vec![Type::NULL, inner]),
            },
            FieldType::List(inner) => Type::Array(Box::new(self.field_type(*inner)?)),
            FieldType::Map(inner) => Type::Map(Box::new(self.field_type(*inner)?)),
            FieldType::Record(record) => self.record(record())?,
            FieldType::Enum(names) => {
                Type::StringEnum(names.variants.iter().map(|&name| name.to_owned()).collect())
            }
            single => match primitive(single) {
                Some(primitive) => Type::Primitive(primitive),
                None => {
                    return Err(SchemaError::NoForm { path: self.path(), field_type: single.to_string() });
                }
            },
        })
    }

    fn record(&mut self, record: &'static Record) -> Result<Type, SchemaError> {
        let same_name = |first: &str, second| {
            Err(SchemaError::SameName { name: record.name, first: first.to_owned(), second })
        };
        if record.name == EVENT {
            return same_name("", self.path());
        }
        if let Some(problem) = type_name_problem(record.name) {
            return Err(SchemaError::InvalidName { path: self.path(), name: record.name, problem });
        }
        match self.known.iter().find(|(known, _)| known.name == record.name) {
            None => {
                self.known.push((record, self.path()));
                self.define(record.name, record)
            }
            Some((known, _)) if is_same(known, record, &mut Vec::new()) => {
                Ok(Type::Named(full_name(Some(self.namespace), record.name)))
            }
            Some((_, first)) => same_name(first, self.path()),
        }
    }

    fn path(&self) -> String {
        self.path.join(".")
    }
}

/// Returns the Avro type of a scalar; `None` for other types.
fn primitive(field_type: FieldType) -> Option<Primitive> {
    Some(match field_type {
        FieldType::Boolean => Primitive::Boolean,
        FieldType::Long => Primitive::Long,
        FieldType::Double => Primitive::Double,
        FieldType::Bytes => Primitive::Bytes,
        FieldType::String
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::Key(_)
        | FieldType::Enum(_) => Primitive::String,
        FieldType::File
        | FieldType::Optional(_)
        | FieldType::List(_)
        | FieldType::Map(_)
        | FieldType::Record(_) => return None,
    })
}

/// Whether two records have the same schema. Pairs in `assumed` are already being compared: a record may contain a list
/// of its own type.
fn is_same(
    one: &'static Record,
    other: &'static Record,
    assumed: &mut Vec<(*const Record, *const Record)>,
) -> bool {
    let pair = (std::ptr::from_ref(one), std::ptr::from_ref(other));
    if pair.0 == pair.1 || assumed.contains(&pair) {
        return true;
    }
    assumed.push(pair);
    one.name == other.name
        && one.fields.len() == other.fields.len()
        && one.fields.iter().zip(other.fields).all(|(one, other)| {
            one.name == other.name && is_same_type(one.field_type, other.field_type, assumed)
        })
}

fn is_same_type(one: FieldType, other: FieldType, assumed: &mut Vec<(*const Record, *const Record)>) -> bool {
    match (one, other) {
        (FieldType::Optional(one), FieldType::Optional(other))
        | (FieldType::List(one), FieldType::List(other))
        | (FieldType::Map(one), FieldType::Map(other)) => is_same_type(*one, *other, assumed),
        (FieldType::Record(one), FieldType::Record(other)) => is_same(one(), other(), assumed),
        (one, other) => primitive(one).is_some() && primitive(one) == primitive(other),
    }
}

/// Returns the default of a field in the form of Avro's JSON; `None` if it has none, or one that JSON cannot express.
fn default(field: &data::Field) -> Option<Value> {
    match field.default {
        Some(default) => avro(&default.to_json()?, field.field_type),
        None => matches!(field.field_type, FieldType::Optional(_)).then_some(Value::Null),
    }
}

/// Converts our JSON to Avro's. They differ in bytes and optional values.
fn avro(value: &Value, field_type: FieldType) -> Option<Value> {
    match (field_type, value) {
        // Avro writes each byte as the character with this code point.
        (FieldType::Bytes, Value::String(base64)) => {
            let bytes = BASE64.decode(base64).ok()?;
            Some(Value::String(bytes.into_iter().map(char::from).collect()))
        }
        (FieldType::Optional(_), Value::Null) => Some(Value::Null),
        (FieldType::Optional(inner), value) => avro(value, *inner),
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
