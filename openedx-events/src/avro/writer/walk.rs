//! Checks bytes against the schema that they are said to be written with.
//!
//! The Avro library trusts the lengths in the data and allocates as much. After this check the lengths are valid, so it
//! allocates no more than the data need; and an error has a path and an offset.

use std::fmt;

use crate::avro::decoder::Decoder;
use crate::avro::error::DecodeError;
use crate::avro::locate::Place;
use crate::avro::schema::{Named, Primitive, RecordField, Tree, Type};

/// Checks that the bytes are exactly one value of the schema.
pub(super) fn check(schema: &Tree, bytes: &[u8]) -> Result<(), DecodeError> {
    let mut walk = Walk { schema, input: Decoder::new(bytes), path: String::new() };
    let walked = walk.value(&schema.root);
    // Errors show no values, only counts and indexes; which fields of a foreign schema are personal is not known.
    let place = Place { path: walk.path, is_personal: false };
    walked.map_err(|error| error.locate(place)).and_then(|()| walk.input.finish())
}

struct Walk<'a> {
    schema: &'a Tree,
    input: Decoder<'a>,
    /// Not reset after an error.
    path: String,
}

impl<'a> Walk<'a> {
    fn value(&mut self, shown: &'a Type) -> Result<(), DecodeError> {
        match shown {
            Type::Primitive(primitive) => self.primitive(*primitive),
            Type::Array(items) => self.blocks(|walk, index| walk.inside(&format!("[{index}]"), items)),
            Type::Map(values) => self.blocks(|walk, _| {
                walk.input.read_str()?;
                walk.inside("{}", values)
            }),
            Type::Union(branches) => {
                let branch = self.index("a branch of the union", branches.len())?;
                self.value(&branches[branch])
            }
            Type::StringEnum(_) => self.primitive(Primitive::String),
            Type::Named(name) => match self.schema.get(name) {
                Named::Record(fields) => self.record(fields),
                Named::Enum { symbols, .. } => self.index("a symbol of the enum", symbols.len()).map(drop),
                Named::Fixed(size) => self.input.read_fixed(*size),
            },
        }
    }

    fn primitive(&mut self, primitive: Primitive) -> Result<(), DecodeError> {
        match primitive {
            Primitive::Null => Ok(()),
            Primitive::Boolean => self.input.read_boolean().map(drop),
            Primitive::Int => self
                .input
                .read_converted("an int", |number| i32::try_from(number).map_err(|_| TooGreat))
                .map(drop),
            Primitive::Long => self.input.read_long().map(drop),
            Primitive::Float => self.input.read_fixed(4),
            Primitive::Double => self.input.read_double().map(drop),
            Primitive::Bytes => self.input.read_bytes().map(drop),
            Primitive::String => self.input.read_str().map(drop),
        }
    }

    fn record(&mut self, fields: &'a [RecordField]) -> Result<(), DecodeError> {
        self.input.enter()?;
        for RecordField { name, field_type, .. } in fields {
            let dot = if self.path.is_empty() { "" } else { "." };
            self.inside(&format!("{dot}{name}"), field_type)?;
        }
        self.input.leave();
        Ok(())
    }

    fn blocks(
        &mut self,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut index = 0;
        loop {
            // Items without any bytes, such as nulls, are also limited by the number of bytes.
            let count = self.input.read_count(1)?;
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count {
                item(self, index)?;
                index += 1;
            }
        }
    }

    fn inside(&mut self, step: &str, shown: &'a Type) -> Result<(), DecodeError> {
        let outside = self.path.len();
        self.path.push_str(step);
        self.value(shown)?;
        self.path.truncate(outside);
        Ok(())
    }

    fn index(&mut self, expected: &'static str, len: usize) -> Result<usize, DecodeError> {
        self.input.read_converted(expected, |number| {
            usize::try_from(number).ok().filter(|index| *index < len).ok_or(OutOf { number, len })
        })
    }
}

struct TooGreat;

impl fmt::Display for TooGreat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number has more than 32 bits")
    }
}

struct OutOf {
    number: i64,
    len: usize,
}

impl fmt::Display for OutOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "index {} is out of range: there are {}", self.number, self.len)
    }
}
