//! [`JsonError`], which reports errors in JSON without personal data.

use std::fmt;

use serde_path_to_error::{Path, Segment};

use super::record::{Field, FieldType, Record};
use crate::chain::debug_like_display;

/// The error of reading a record from JSON: the path of the member, the reason and the position in the text.
///
/// The message never contains a value that is personal data, or one in place of a record with personal data. It only
/// says what was expected.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonError {
    path: String,
    reason: String,
    line: usize,
    column: usize,
}

impl JsonError {
    /// Returns the path of the member within the record, such as `enrollment.user.id`; `.` for the record itself. It
    /// ends at a map that is personal data, as its keys are personal data too.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong, without the position in the text.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Creates the error of a reader that failed at `path`.
    pub(super) fn new(root: &'static Record, path: &Path, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let reason = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        let mut walk = Walk::new(root);
        path.iter().for_each(|segment| walk.step(segment));
        if let Some(field) = walk.lacking(reason) {
            walk.enter(field);
        }
        let reason = if error.is_data() && walk.is_personal() && !is_about_members(reason) {
            format!("expected {}; the value is not shown, as it is personal data", walk.expected())
        } else {
            reason.to_owned()
        };
        let path = if walk.path.is_empty() { ".".to_owned() } else { walk.path };
        Self { path, reason, line, column }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path != "." {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "{}", self.reason)?;
        if self.line > 0 {
            write!(f, " at line {} column {}", self.line, self.column)?;
        }
        Ok(())
    }
}

debug_like_display!(JsonError);

impl std::error::Error for JsonError {}

/// Whether a reason is one of ours, which only contain the names of members. Any other reason may contain a value.
fn is_about_members(reason: &str) -> bool {
    reason.starts_with(MISSING) || reason.starts_with(DUPLICATE)
}

const MISSING: &str = "missing field `";
const DUPLICATE: &str = "duplicate field `";

/// A walk down a record along a path.
struct Walk {
    here: Here,
    /// Whether a field on the path is marked as personal data.
    personal: bool,
    path: String,
}

/// What the walk has reached.
#[derive(Clone, Copy)]
enum Here {
    Record(&'static Record),
    Value(FieldType),
    /// A member that the record does not have.
    Stray(&'static Record),
    /// Inside a type with its own JSON form.
    Unknown,
}

impl Here {
    fn of(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Record(record) => Self::Record(record()),
            FieldType::Optional(inner) => Self::of(*inner),
            other => Self::Value(other),
        }
    }
}

impl Walk {
    fn new(root: &'static Record) -> Self {
        Self { here: Here::Record(root), personal: false, path: String::new() }
    }

    fn step(&mut self, segment: &Segment) {
        match (segment, self.here) {
            (Segment::Map { key }, Here::Record(record)) => match field(record, key) {
                Some(field) => self.enter(field),
                None => self.name(key, Here::Stray(record)),
            },
            (Segment::Map { key }, Here::Value(FieldType::Map(inner))) => self.name(key, Here::of(*inner)),
            (Segment::Map { key }, _) => self.name(key, Here::Unknown),
            (Segment::Seq { index }, Here::Value(FieldType::List(inner))) => {
                self.item(*index, Here::of(*inner));
            }
            (Segment::Seq { index }, _) => self.item(*index, Here::Unknown),
            // The name of a member is not even text. The position in the text says where.
            (Segment::Enum { .. } | Segment::Unknown, _) => self.here = Here::Unknown,
        }
    }

    fn enter(&mut self, field: &Field) {
        self.dot();
        self.path.push_str(field.name);
        self.personal |= field.personal;
        self.here = Here::of(field.field_type);
    }

    /// Adds a name that is not declared: the key of a map, or an unknown one.
    fn name(&mut self, key: &str, here: Here) {
        if !self.personal {
            self.dot();
            self.path.extend(key.escape_debug());
        }
        self.here = here;
    }

    fn item(&mut self, index: usize, here: Here) {
        if !self.personal {
            self.path.extend(["[", &index.to_string(), "]"]);
        }
        self.here = here;
    }

    fn dot(&mut self) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
    }

    /// Returns the field that is missing or duplicate according to the reason.
    fn lacking(&self, reason: &str) -> Option<&'static Field> {
        let name = reason.strip_prefix(MISSING).or_else(|| reason.strip_prefix(DUPLICATE))?;
        match self.here {
            Here::Record(record) => field(record, name.strip_suffix('`')?),
            _ => None,
        }
    }

    /// Whether the value is personal data or should contain some.
    fn is_personal(&self) -> bool {
        self.personal
            || match self.here {
                Here::Record(record) => record.has_personal_data(),
                Here::Value(value) => value.record().is_some_and(Record::has_personal_data),
                Here::Stray(_) | Here::Unknown => false,
            }
    }

    /// Returns a description of the expected value.
    fn expected(&self) -> String {
        match self.here {
            Here::Record(record) => format!("an object with the fields of {}", record.name),
            Here::Value(value) => value.to_string(),
            Here::Stray(record) => {
                let names: Vec<_> = record.fields.iter().map(|field| field.name).collect();
                format!("no members but {}", names.join(", "))
            }
            Here::Unknown => "another value".to_owned(),
        }
    }
}

fn field(record: &'static Record, name: &str) -> Option<&'static Field> {
    record.fields.iter().find(|field| field.name == name)
}
