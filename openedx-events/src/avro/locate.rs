//! Finds the field that a byte of a record belongs to. Only done after an error, so that decoding does not have to
//! track the path.

use std::ops::ControlFlow;

use super::MAX_DEPTH;
use super::decoder::Decoder;
use super::error::DecodeError;
use crate::data::{Field, FieldType, Record};

/// The path of a value, and whether it is personal data.
pub(super) struct Place {
    /// The path within the record, such as `enrollment.user.id`, `contexts[2].title` or `options.followed`; empty for
    /// the record itself. It ends at a list or map that is personal data.
    pub(super) path: String,
    pub(super) is_personal: bool,
}

/// Finds the innermost value that the byte at `offset` belongs to, or that should begin there.
pub(super) fn locate(record: &'static Record, bytes: &[u8], offset: usize) -> Place {
    let mut walk = Walk {
        input: Decoder::new(bytes),
        offset,
        place: Place { path: String::new(), is_personal: false },
        depth: 0,
    };
    if walk.record(record).is_continue() {
        // After the record.
        walk.place.path.clear();
    }
    walk.place
}

/// All records are counted here, including those whose depth decoding does not count.
const DEEPEST: u32 = 4 * MAX_DEPTH;

/// A walk through a record that stops where the byte is found.
struct Walk<'a> {
    input: Decoder<'a>,
    offset: usize,
    place: Place,
    depth: u32,
}

impl<'a> Walk<'a> {
    fn record(&mut self, record: &'static Record) -> ControlFlow<()> {
        if self.depth == DEEPEST {
            return ControlFlow::Break(());
        }
        self.depth += 1;
        for field in record.fields {
            self.field(field)?;
        }
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn field(&mut self, field: &Field) -> ControlFlow<()> {
        let outside = (self.place.path.len(), self.place.is_personal);
        self.place.is_personal |= field.personal;
        self.name(field.name);
        self.value(field.field_type)?;
        self.leave(outside);
        ControlFlow::Continue(())
    }

    fn value(&mut self, field_type: FieldType) -> ControlFlow<()> {
        match field_type {
            FieldType::Boolean => self.skip(Decoder::read_boolean),
            FieldType::Long => self.skip(Decoder::read_long),
            FieldType::Double => self.skip(Decoder::read_double),
            FieldType::Optional(inner) => {
                if self.read(Decoder::read_branch)? {
                    self.value(*inner)?;
                }
                ControlFlow::Continue(())
            }
            FieldType::List(inner) => self.blocks(|walk, index| walk.inside(&format!("[{index}]"), *inner)),
            FieldType::Map(inner) => self.blocks(|walk, _| {
                let key = walk.read(Decoder::read_bytes)?;
                let key = String::from_utf8_lossy(key);
                walk.inside(&format!(".{}", key.escape_debug()), *inner)
            }),
            FieldType::Record(record) => self.record(record()),
            FieldType::String
            | FieldType::Bytes
            | FieldType::File
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::Key(_)
            | FieldType::Enum(_) => self.skip(Decoder::read_bytes),
        }
    }

    fn blocks(&mut self, mut item: impl FnMut(&mut Self, usize) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut index = 0;
        loop {
            let count = self.read(|input| input.read_count(1))?;
            if count == 0 {
                return ControlFlow::Continue(());
            }
            for _ in 0..count {
                item(self, index)?;
                index += 1;
            }
        }
    }

    /// Walks a value in a list or map. The path omits the step where it may be personal data.
    fn inside(&mut self, step: &str, field_type: FieldType) -> ControlFlow<()> {
        let outside = (self.place.path.len(), self.place.is_personal);
        if !self.place.is_personal {
            self.place.path.push_str(step);
        }
        self.value(field_type)?;
        self.leave(outside);
        ControlFlow::Continue(())
    }

    fn leave(&mut self, (path, is_personal): (usize, bool)) {
        self.place.path.truncate(path);
        self.place.is_personal = is_personal;
    }

    fn name(&mut self, name: &str) {
        if !self.place.path.is_empty() {
            self.place.path.push('.');
        }
        self.place.path.push_str(name);
    }

    fn skip<T>(&mut self, read: impl FnOnce(&mut Decoder<'a>) -> Result<T, DecodeError>) -> ControlFlow<()> {
        self.read(read).map_continue(|_| ())
    }

    /// Reads on unless the byte is found: it belongs to what is read here, or this cannot be read.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'a>) -> Result<T, DecodeError>,
    ) -> ControlFlow<(), T> {
        match read(&mut self.input) {
            Ok(value) if self.input.offset() <= self.offset => ControlFlow::Continue(value),
            _ => ControlFlow::Break(()),
        }
    }
}
