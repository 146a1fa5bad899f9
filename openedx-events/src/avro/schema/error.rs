//! Errors of schemas.

use std::fmt;

use crate::chain::debug_like_display;

/// The reason why an event has no Avro schema and cannot be sent over the event bus.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaError {
    /// The event is declared `in_process`.
    InProcess {
        /// The reason given in the declaration.
        reason: &'static str,
    },
    /// Two different records of the event have the same name.
    SameName {
        /// The name.
        name: &'static str,
        /// The path of a field that contains one of them; empty for the event itself.
        first: String,
        /// The path of a field that contains the other.
        second: String,
    },
    /// An `Option` in an `Option`.
    NestedOption {
        /// The path of the field.
        path: String,
    },
    /// A record or a field with a name that Avro's rules do not allow. The macros refuse such names.
    InvalidName {
        /// The path of the field that holds the record, or of the field itself.
        path: String,
        /// The name.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A field whose type has no Avro form.
    NoForm {
        /// The path of the field.
        path: String,
        /// The field's type.
        field_type: String,
    },
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess { reason } => f.write_str(reason),
            Self::SameName { name, first, second } if first.is_empty() => write!(
                f,
                "`{second}` holds a record with the name `{name}`, which is that of the event itself: rename the struct"
            ),
            Self::SameName { name, first, second } => write!(
                f,
                "`{first}` and `{second}` hold different records with the name `{name}`, which Avro treats as the same: \
                 rename one of the structs"
            ),
            Self::NestedOption { path } => {
                write!(f, "`{path}` is optional twice, and null would mean both: hold a single `Option`")
            }
            Self::InvalidName { path, name, problem } => {
                write!(f, "`{path}`: the name `{name}` is not one of Avro's, as a name {problem}: rename it")
            }
            Self::NoForm { path, field_type } => {
                write!(f, "`{path}` holds a {field_type}, which has no form in Avro")
            }
        }
    }
}

debug_like_display!(SchemaError);

impl std::error::Error for SchemaError {}

/// The error of parsing an Avro schema, with the path of the mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidSchema {
    path: String,
    reason: String,
}

impl InvalidSchema {
    pub(crate) fn new(path: &str, reason: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }

    /// Returns the path of the mistake in the JSON, such as `fields[2].type`; empty for the schema as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for InvalidSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an Avro schema: ")?;
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.reason)
    }
}

debug_like_display!(InvalidSchema);

impl std::error::Error for InvalidSchema {}
