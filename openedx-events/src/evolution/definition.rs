//! Schemas as they are compared, whoever wrote them.

use std::str::FromStr;

use serde_json::Value;

use crate::avro::{Fingerprint, InvalidSchema, Json, Mode, Named, Schema, Tree, Type};

/// An Avro schema with what a check needs: the fields, types and names, the defaults, and the symbols of Rust enums.
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
/// # Ok::<(), openedx_events::avro::InvalidSchema>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    tree: Tree,
}

impl Definition {
    /// Reads a schema from its JSON.
    ///
    /// # Errors
    ///
    /// It is not an Avro schema, or its records are nested too deep, with the place.
    pub fn from_json(schema: &Value) -> Result<Self, InvalidSchema> {
        Tree::from_json(schema).map(|tree| Self { tree })
    }

    /// The fingerprint, which identifies the schema. Defaults and the symbols of Rust enums do not count.
    pub fn fingerprint(&self) -> Fingerprint {
        self.tree.fingerprint()
    }

    /// The event type, if it is the schema of an event: the namespace of its outer record.
    pub fn event_type(&self) -> Option<&str> {
        self.tree.event_type()
    }

    pub(super) fn root(&self) -> &Type {
        &self.tree.root
    }

    /// The definition of a name that a [`Type::Named`] of this schema has.
    pub(super) fn get(&self, name: &str) -> &Named {
        self.tree.get(name)
    }

    /// The schema as the lock file has it, one field a line.
    pub(super) fn to_json(&self) -> Json {
        self.tree.to_json(Mode::Lock)
    }
}

/// The schema of an event of this program, with the defaults of its data classes and the symbols of its enums.
impl From<&Schema> for Definition {
    fn from(schema: &Schema) -> Self {
        Self { tree: schema.tree().clone() }
    }
}

/// A schema as JSON.
impl FromStr for Definition {
    type Err = InvalidSchema;

    fn from_str(text: &str) -> Result<Self, InvalidSchema> {
        Tree::from_text(text).map(|tree| Self { tree })
    }
}
