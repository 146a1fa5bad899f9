//! The tree of a schema: what a type's description becomes once each record has its place.

use serde_json::Value;

use super::SchemaError;
use crate::data::{FieldType, Record};

/// The name of every event's outer record.
pub(super) const EVENT: &str = "CloudEvent";

/// A type in a schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Primitive(&'static str),
    /// A union of null and something else.
    Nullable(Box<Shape>),
    Array(Box<Shape>),
    Map(Box<Shape>),
    /// A record, where it comes first.
    Record(&'static str, Vec<FieldShape>),
    /// A record that came before, by its name.
    Known(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldShape {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// What a reader fills in where the writer's schema lacks the field.
    pub(super) default: Option<Value>,
}

impl Shape {
    pub(super) fn of_event(record: &'static Record) -> Result<Self, SchemaError> {
        let mut builder = Builder { known: Vec::new(), path: Vec::new() };
        builder.fields(record).map(|fields| Self::Record(EVENT, fields))
    }

    pub(super) fn is_nullable(&self) -> bool {
        matches!(self, Self::Nullable(_))
    }
}

struct Builder {
    /// The records that came before, each with the path that it came at.
    known: Vec<(&'static Record, String)>,
    path: Vec<&'static str>,
}

impl Builder {
    fn fields(&mut self, record: &'static Record) -> Result<Vec<FieldShape>, SchemaError> {
        let mut fields = Vec::with_capacity(record.fields.len());
        for field in record.fields {
            self.path.push(field.name);
            let shape = self.shape(field.field_type)?;
            let default = match &field.default {
                // A union's default is of its first branch, which is null.
                _ if shape.is_nullable() => field.is_null_by_default().then_some(Value::Null),
                default => default.and_then(|default| default.to_avro(field.field_type)),
            };
            fields.push(FieldShape { name: field.name, shape, default });
            self.path.pop();
        }
        Ok(fields)
    }

    fn shape(&mut self, field_type: FieldType) -> Result<Shape, SchemaError> {
        Ok(match field_type {
            FieldType::Optional(inner) => match self.shape(*inner)? {
                Shape::Nullable(_) => return Err(SchemaError::NestedOption { path: self.path() }),
                inner => Shape::Nullable(Box::new(inner)),
            },
            FieldType::List(inner) => Shape::Array(Box::new(self.shape(*inner)?)),
            FieldType::Map(inner) => Shape::Map(Box::new(self.shape(*inner)?)),
            FieldType::Record(record) => self.record(record())?,
            single => match primitive(single) {
                Some(name) => Shape::Primitive(name),
                None => {
                    return Err(SchemaError::NoForm { path: self.path(), field_type: single.to_string() });
                }
            },
        })
    }

    fn record(&mut self, record: &'static Record) -> Result<Shape, SchemaError> {
        let same_name = |first: &str, second| {
            Err(SchemaError::SameName { name: record.name, first: first.to_owned(), second })
        };
        if record.name == EVENT {
            return same_name("", self.path());
        }
        match self.known.iter().find(|(known, _)| known.name == record.name) {
            None => {
                self.known.push((record, self.path()));
                self.fields(record).map(|fields| Shape::Record(record.name, fields))
            }
            Some((known, _)) if is_same(known, record, &mut Vec::new()) => Ok(Shape::Known(record.name)),
            Some((_, first)) => same_name(first, self.path()),
        }
    }

    fn path(&self) -> String {
        self.path.join(".")
    }
}

/// The name in Avro of a type that holds one value; `None` if it has none.
fn primitive(field_type: FieldType) -> Option<&'static str> {
    Some(match field_type {
        FieldType::Boolean => "boolean",
        FieldType::Long => "long",
        FieldType::Double => "double",
        FieldType::Bytes => "bytes",
        FieldType::String
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::Key(_)
        | FieldType::Enum(_) => "string",
        FieldType::File
        | FieldType::Optional(_)
        | FieldType::List(_)
        | FieldType::Map(_)
        | FieldType::Record(_) => return None,
    })
}

/// Whether two records have one schema. What is `assumed` is being compared further out: records may hold lists of their
/// own kind.
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
