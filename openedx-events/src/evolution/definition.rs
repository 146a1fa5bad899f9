//! Schemas as they are compared.

use std::str::FromStr;

use serde_json::Value;

use crate::avro::{Fingerprint, InvalidSchema, Json, Mode, Named, Schema, Tree, Type};
use crate::text_file::without_mark;

/// An Avro schema, reduced to what a check needs: fields, types, names, defaults, and the symbols of Rust enums.
///
/// Documentation, aliases and logical types are dropped: no schema of an event has them.
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
/// # Ok::<(), openedx_events::avro::InvalidSchema>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    tree: Tree,
}

impl Definition {
    /// Parses a schema from its JSON.
    ///
    /// # Errors
    ///
    /// Returns an error with the path of the mistake if this is not an Avro schema, or if its records are nested too
    /// deep.
    pub fn from_json(schema: &Value) -> Result<Self, InvalidSchema> {
        Tree::from_json(schema).map(|tree| Self { tree })
    }

    /// Returns the fingerprint, which identifies the schema. It does not depend on defaults and the symbols of Rust
    /// enums.
    pub fn fingerprint(&self) -> Fingerprint {
        self.tree.fingerprint()
    }

    /// Returns the event type, which is the namespace of the outer record, if this is the schema of an event.
    pub fn event_type(&self) -> Option<&str> {
        self.tree.event_type()
    }

    pub(super) fn root(&self) -> &Type {
        &self.tree.root
    }

    /// Returns the definition for the name of a [`Type::Named`] of this schema.
    pub(super) fn get(&self, name: &str) -> &Named {
        self.tree.get(name)
    }

    /// Returns the schema as written to the lock file, with one field per line.
    pub(super) fn to_json(&self) -> Json {
        self.tree.to_json(Mode::Lock)
    }
}

/// Converts the schema of an event of this program, with the defaults of its data classes and the symbols of its enums.
impl From<&Schema> for Definition {
    fn from(schema: &Schema) -> Self {
        Self { tree: schema.tree().clone() }
    }
}

/// Parses a schema from JSON text.
impl FromStr for Definition {
    type Err = InvalidSchema;

    fn from_str(text: &str) -> Result<Self, InvalidSchema> {
        Tree::from_text(without_mark(text)).map(|tree| Self { tree })
    }
}
