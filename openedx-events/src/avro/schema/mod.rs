//! Avro schemas: one model, with one reader and one writer, for our own schemas and foreign ones.

mod error;
mod json;
mod of_record;
mod read;
mod text;
mod tree;

pub use error::{InvalidSchema, SchemaError};

use super::fingerprint::Fingerprint;
use crate::data::Record;
pub(crate) use json::{Json, Layout};
pub(crate) use text::Mode;
pub(crate) use tree::{Named, Primitive, RecordField, Tree, Type, split};

/// The Avro schema of an event.
///
/// Returned by [`AnySignal::schema`](crate::AnySignal::schema). It is built once.
#[derive(Debug)]
pub struct Schema {
    event_type: &'static str,
    tree: Tree,
    text: String,
    fingerprint: Fingerprint,
}

impl Schema {
    /// Builds the schema of an event with these fields.
    pub(crate) fn new(event_type: &'static str, record: &'static Record) -> Result<Self, SchemaError> {
        let tree = Tree::of_event(event_type, record)?;
        Ok(Self {
            event_type,
            text: tree.to_json(Mode::Upstream).to_compact(),
            fingerprint: tree.fingerprint(),
            tree,
        })
    }

    /// Returns the event type, which is the namespace of the schema.
    pub fn event_type(&self) -> &'static str {
        self.event_type
    }

    /// Returns the schema as JSON on one line, as upstream writes it. The only defaults are the nulls of optional
    /// fields.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the schema in the format of upstream's `.avsc` files: indented by two spaces, with a line feed at the
    /// end.
    pub fn to_pretty(&self) -> String {
        self.tree.to_json(Mode::Upstream).to_pretty()
    }

    /// Returns the schema for reading data that were written with another one, with all defaults, as JSON on one line. What Avro
    /// cannot express is left out: a default of an optional field other than null, and of bytes beyond ASCII, which libraries
    /// read differently.
    ///
    /// Upstream's own schemas omit all defaults but null. With them, data from before a field was added cannot be read.
    pub fn to_reader(&self) -> String {
        self.tree.to_json(Mode::Reader).to_compact()
    }

    /// Returns the Parsing Canonical Form, from which the fingerprint is computed.
    pub fn to_canonical(&self) -> String {
        self.tree.to_json(Mode::Canonical).to_compact()
    }

    /// Returns the fingerprint, which identifies the schema.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns the name of upstream's file for the schema: the event type with `+` for `.`, and `.avsc`.
    pub fn file_name(&self) -> String {
        format!("{}.avsc", self.event_type.replace('.', "+"))
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl Fingerprint {
    /// Computes the fingerprint of a schema from its JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not an Avro schema.
    pub fn of_schema(schema: &str) -> Result<Self, InvalidSchema> {
        Ok(Tree::from_text(schema)?.fingerprint())
    }
}
