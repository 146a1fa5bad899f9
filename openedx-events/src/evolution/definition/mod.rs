//! Schemas as they are compared: parsed, whoever wrote them.

mod error;
mod program;
mod read;
mod write;

pub use error::DefinitionError;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::avro::Fingerprint;
pub(super) use crate::avro::Primitive;

/// The name that every event's outer record has.
const EVENT: &str = "CloudEvent";

/// An Avro schema with what a check needs: the fields, types and names, the defaults, and which texts an enum of Rust
/// may be.
///
/// Documentation, aliases and logical types are not kept: no schema of an event has them.
///
/// # Examples
///
/// ```
/// use openedx_events::evolution::{Definition, Reader};
///
/// let before: Definition = r#"{"type": "record", "name": "Ride", "fields": [{"name": "line", "type": "string"}]}"#.parse()?;
/// let after: Definition = r#"{"type": "record", "name": "Ride", "fields": [
///     {"name": "line", "type": "string"},
///     {"name": "stops", "type": "long", "default": 0}
/// ]}"#
/// .parse()?;
/// assert!(after.can_read(&before, Reader::Rust));
/// // Upstream's readers fill in no default but null.
/// assert!(!after.can_read(&before, Reader::PythonKafka));
/// # Ok::<(), openedx_events::evolution::DefinitionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub(super) root: Type,
    /// By full name.
    pub(super) named: BTreeMap<String, Named>,
}

/// A type in a schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    Primitive(Primitive),
    /// A string that is one of these: an enum of Rust, which is a plain string to everybody else.
    Words(Vec<String>),
    Array(Box<Type>),
    Map(Box<Type>),
    Union(Vec<Type>),
    /// A record or an enum by its full name.
    Named(String),
}

/// A type with a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Named {
    Record(Vec<Field>),
    Enum { symbols: Vec<String>, default: Option<String> },
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    /// What it holds.
    pub(super) holds: Type,
    pub(super) default: Option<Value>,
}

impl Definition {
    /// What names the schema among others; defaults and enums of Rust do not count.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.to_canonical())
    }

    /// The type of the events, if it is the schema of an event: the namespace of its outer record.
    pub fn event_type(&self) -> Option<&str> {
        match &self.root {
            Type::Named(name) => match split(name) {
                (Some(namespace), EVENT) => Some(namespace),
                _ => None,
            },
            _ => None,
        }
    }

    /// The record or enum of a name that a [`Type::Named`] of this schema has.
    pub(super) fn get(&self, name: &str) -> &Named {
        &self.named[name]
    }
}

/// For messages: short names, and no more than the outermost fields.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primitive(primitive) => f.write_str(primitive.name()),
            Self::Words(words) => write!(f, "one of {}", words.join(", ")),
            Self::Array(items) => write!(f, "list of {items}"),
            Self::Map(values) => write!(f, "map of {values}"),
            Self::Union(branches) => {
                for (place, branch) in branches.iter().enumerate() {
                    write!(f, "{}{branch}", if place == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
            Self::Named(name) => f.write_str(split(name).1),
        }
    }
}

/// A schema as JSON.
impl FromStr for Definition {
    type Err = DefinitionError;

    fn from_str(text: &str) -> Result<Self, DefinitionError> {
        let value = serde_json::from_str(text).map_err(DefinitionError::no_json)?;
        Self::from_json(&value)
    }
}

/// A full name's namespace and its last part.
pub(super) fn split(name: &str) -> (Option<&str>, &str) {
    match name.rsplit_once('.') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, name),
    }
}
