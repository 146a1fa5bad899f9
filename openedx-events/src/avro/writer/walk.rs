//! Walks over data by the schema that they were written with.

use std::collections::HashMap;
use std::fmt;

use crate::avro::MAX_TYPE_DEPTH;
use crate::avro::decoder::Decoder;
use crate::avro::error::{DecodeError, Problem};
use crate::avro::schema::{Named, Primitive, RecordField, Tree, Type};

/// Maximum number of values without bytes in data of this length.
///
/// A list has as many nulls as it says, and a record of records of nothing may have any number of fields: none of them cost
/// the sender anything.
const fn max_empty(len: usize) -> usize {
    len.saturating_mul(16).saturating_add(1024)
}

/// The type of a map's keys, which take bytes whatever its values take.
pub(super) static KEY: Type = Type::Primitive(Primitive::String);

/// A position in the data, and the path of the value there.
pub(super) struct Walk<'a> {
    schema: &'a Tree,
    pub(super) input: Decoder<'a>,
    /// Not reset after an error.
    pub(super) path: String,
    depth: u32,
    /// The number of values so far that took no bytes.
    empty: usize,
    /// Whether values of a record take no bytes.
    empty_records: HashMap<&'a str, bool>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(schema: &'a Tree, bytes: &'a [u8]) -> Self {
        Self {
            schema,
            input: Decoder::new(bytes),
            path: String::new(),
            depth: 0,
            empty: 0,
            empty_records: HashMap::new(),
        }
    }

    /// Returns the definition for the name of a type of the schema.
    pub(super) fn get(&self, name: &str) -> &'a Named {
        self.schema.get(name)
    }

    /// Skips a value. Checks that it is one of the type.
    pub(super) fn skip(&mut self, shown: &'a Type) -> Result<(), DecodeError> {
        let start = self.begin()?;
        match shown {
            Type::Primitive(primitive) => self.primitive(*primitive)?,
            Type::Array(items) => self.blocks(items, |walk, index| {
                let outside = walk.step(&format!("[{index}]"));
                walk.skip(items)?;
                walk.leave(outside);
                Ok(())
            })?,
            Type::Map(values) => self.blocks(&KEY, |walk, _| {
                walk.input.read_str()?;
                let outside = walk.step("{}");
                walk.skip(values)?;
                walk.leave(outside);
                Ok(())
            })?,
            Type::Union(branches) => {
                let branch = self.branch(branches)?;
                self.skip(branch)?;
            }
            Type::StringEnum(_) => self.primitive(Primitive::String)?,
            Type::Named(name) => match self.get(name) {
                Named::Record(fields) => self.record(fields)?,
                Named::Enum { symbols, .. } => {
                    self.index("a symbol of the enum", symbols.len())?;
                }
                Named::Fixed(size) => {
                    self.input.read_fixed(*size)?;
                }
            },
        }
        self.end(start)
    }

    /// Begins a value. Pass the returned position to [`end`](Self::end).
    pub(super) fn begin(&mut self) -> Result<usize, DecodeError> {
        if self.depth == MAX_TYPE_DEPTH {
            return Err(self.input.problem(Problem::TooDeepValues(MAX_TYPE_DEPTH)));
        }
        self.depth += 1;
        Ok(self.input.offset())
    }

    /// Ends a value.
    pub(super) fn end(&mut self, start: usize) -> Result<(), DecodeError> {
        self.depth -= 1;
        if self.input.offset() > start {
            return Ok(());
        }
        self.empty += 1;
        let (len, max) = (self.input.len(), max_empty(self.input.len()));
        if self.empty > max { Err(self.input.problem(Problem::Empty { max, len })) } else { Ok(()) }
    }

    /// Appends a step to the path. Pass the returned length to [`leave`](Self::leave).
    pub(super) fn step(&mut self, step: &str) -> usize {
        let outside = self.path.len();
        self.path.push_str(step);
        outside
    }

    /// Appends the name of a field to the path. Pass the returned length to [`leave`](Self::leave).
    pub(super) fn field(&mut self, name: &str) -> usize {
        let outside = self.path.len();
        if outside > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        outside
    }

    pub(super) fn leave(&mut self, outside: usize) {
        self.path.truncate(outside);
    }

    /// Reads which branch of a union the value is of.
    pub(super) fn branch(&mut self, branches: &'a [Type]) -> Result<&'a Type, DecodeError> {
        self.index("a branch of the union", branches.len()).map(|index| &branches[index])
    }

    pub(super) fn int(&mut self) -> Result<i64, DecodeError> {
        self.input
            .read_converted("an int", |number| i32::try_from(number).map(i64::from).map_err(|_| TooGreat))
    }

    fn primitive(&mut self, primitive: Primitive) -> Result<(), DecodeError> {
        match primitive {
            Primitive::Null => Ok(()),
            Primitive::Boolean => self.input.read_boolean().map(drop),
            Primitive::Int => self.int().map(drop),
            Primitive::Long => self.input.read_long().map(drop),
            Primitive::Float => self.input.read_float().map(drop),
            Primitive::Double => self.input.read_double().map(drop),
            Primitive::Bytes => self.input.read_bytes().map(drop),
            Primitive::String => self.input.read_str().map(drop),
        }
    }

    fn record(&mut self, fields: &'a [RecordField]) -> Result<(), DecodeError> {
        self.input.enter()?;
        for RecordField { name, field_type, .. } in fields {
            let outside = self.field(name);
            self.skip(field_type)?;
            self.leave(outside);
        }
        self.input.leave();
        Ok(())
    }

    fn blocks(
        &mut self,
        items: &'a Type,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut index = 0;
        loop {
            let count = self.count(items)?;
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count {
                item(self, index)?;
                index += 1;
            }
        }
    }

    /// Reads the number of items of a type in the next block. It is limited by the number of bytes, unless the items take
    /// none.
    pub(super) fn count(&mut self, items: &'a Type) -> Result<usize, DecodeError> {
        if self.is_empty(items) { self.input.read_any_count() } else { self.input.read_count(1) }
    }

    /// Whether values of a type take no bytes.
    fn is_empty(&mut self, shown: &'a Type) -> bool {
        match shown {
            Type::Primitive(primitive) => *primitive == Primitive::Null,
            Type::Named(name) => match self.get(name) {
                Named::Fixed(size) => *size == 0,
                Named::Record(fields) => self.is_empty_record(name, fields),
                Named::Enum { .. } => false,
            },
            Type::StringEnum(_) | Type::Array(_) | Type::Map(_) | Type::Union(_) => false,
        }
    }

    fn is_empty_record(&mut self, name: &'a str, fields: &'a [RecordField]) -> bool {
        if let Some(is_empty) = self.empty_records.get(name) {
            return *is_empty;
        }
        // A record that contains itself other than in a list has no values, with bytes or without.
        self.empty_records.insert(name, false);
        let is_empty = fields.iter().all(|field| self.is_empty(&field.field_type));
        self.empty_records.insert(name, is_empty);
        is_empty
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
