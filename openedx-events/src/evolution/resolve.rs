//! Avro's schema resolution: whether a reader can read all data written with another schema.

use std::collections::{HashMap, HashSet};

use super::definition::Definition;
use super::readers::Reader;
use crate::avro::{Named, Primitive, RecordField, Type, split};

impl Definition {
    /// Whether a reader with this schema can read all data that were written with another schema.
    ///
    /// Follows the Avro specification: fields are matched by name, fields that the writer lacks must have a default,
    /// fields that the reader lacks are skipped, `int` is promoted to `long` and so on, records and enums are matched
    /// by their short names. A value that only might be unreadable, such as the null of a union, counts as unreadable.
    ///
    /// [`Reader::PythonRedis`] does not know the writer's schema. For it both must have the same encoding, except for
    /// additional fields of the writer at the end.
    pub fn can_read(&self, writer: &Self, reader: Reader) -> bool {
        let changes = super::compare(writer, self);
        !changes.iter().any(|change| change.breaks.backward.contains(reader))
    }
}

/// Decides whether a reader that knows the writer's schema can read any value of a type `from` as a type `to`.
pub(super) struct Resolver<'a> {
    pub(super) writer: &'a Definition,
    pub(super) reader: &'a Definition,
    pub(super) kind: Reader,
    /// Pairs of names that are assumed to resolve: they did, or they are being resolved already.
    assumed: Vec<(&'a str, &'a str)>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(writer: &'a Definition, reader: &'a Definition, kind: Reader) -> Self {
        Self { writer, reader, kind, assumed: Vec::new() }
    }

    pub(super) fn resolves(&mut self, from: &'a Type, to: &'a Type) -> bool {
        match (from, to) {
            (Type::Union(branches), _) => branches.iter().all(|branch| self.resolves(branch, to)),
            (_, Type::Union(branches)) => branches.iter().any(|branch| self.resolves(from, branch)),
            (Type::Array(from), Type::Array(to)) | (Type::Map(from), Type::Map(to)) => {
                self.resolves(from, to)
            }
            (Type::Named(from), Type::Named(to)) => self.named(from, to),
            (Type::StringEnum(from), Type::StringEnum(to)) => self.kind != Reader::Rust || includes(to, from),
            (Type::Primitive(Primitive::String | Primitive::Bytes), Type::StringEnum(_)) => {
                self.kind != Reader::Rust
            }
            (Type::StringEnum(_), Type::Primitive(to)) => Primitive::String.promotes_to(*to),
            (Type::Primitive(from), Type::Primitive(to)) => from.promotes_to(*to),
            _ => false,
        }
    }

    fn named(&mut self, from: &'a str, to: &'a str) -> bool {
        if split(from).1 != split(to).1 {
            return false;
        }
        if self.assumed.contains(&(from, to)) {
            return true;
        }
        match (self.writer.get(from), self.reader.get(to)) {
            (Named::Record(written), Named::Record(read)) => {
                let known = self.assumed.len();
                self.assumed.push((from, to));
                let resolves = self.fields(written, read);
                if !resolves {
                    // Results found on the way may depend on it.
                    self.assumed.truncate(known);
                }
                resolves
            }
            (Named::Enum { symbols: written, .. }, Named::Enum { symbols, default }) => {
                default.is_some() || includes(symbols, written)
            }
            (Named::Fixed(written), Named::Fixed(read)) => written == read,
            _ => false,
        }
    }

    fn fields(&mut self, written: &'a [RecordField], read: &'a [RecordField]) -> bool {
        let written: HashMap<_, _> = written.iter().map(|field| (field.name.as_str(), field)).collect();
        read.iter().all(|field| match written.get(field.name.as_str()) {
            Some(other) => self.resolves(&other.field_type, &field.field_type),
            None => fills(self.kind, field),
        })
    }
}

fn includes(symbols: &[String], written: &[String]) -> bool {
    let symbols: HashSet<_> = symbols.iter().collect();
    written.iter().all(|symbol| symbols.contains(symbol))
}

/// Whether a reader fills in the field if the writer's schema lacks it.
pub(super) fn fills(reader: Reader, field: &RecordField) -> bool {
    match reader {
        Reader::Rust => field.default.is_some(),
        Reader::PythonKafka => field.default == Some(serde_json::Value::Null),
        Reader::PythonRedis => false,
    }
}
