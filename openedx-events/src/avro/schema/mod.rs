//! Schemas, made from the types.

mod error;
mod parsed;
mod shape;
mod text;

pub use error::SchemaError;
pub use parsed::NotASchema;

use super::fingerprint::Fingerprint;
use crate::data::Record;
#[cfg(feature = "writer-schema")]
pub(crate) use parsed::{Named, Node};
pub(crate) use parsed::{Parsed, Primitive};
use shape::Shape;
use text::{Style, Styled};

/// The Avro schema of an event.
///
/// [`AnySignal::schema`](crate::AnySignal::schema) gives it. It is made once.
#[derive(Debug)]
pub struct Schema {
    event_type: &'static str,
    shape: Shape,
    text: String,
    fingerprint: Fingerprint,
    /// Our schema with defaults, for the library that resolves those of others.
    #[cfg(feature = "writer-schema")]
    library: std::sync::OnceLock<Result<apache_avro::Schema, std::sync::Arc<str>>>,
}

impl Schema {
    /// The schema of an event with these fields.
    pub(crate) fn new(event_type: &'static str, record: &'static Record) -> Result<Self, SchemaError> {
        let shape = Shape::of_event(record)?;
        let text = Styled { event_type, shape: &shape, style: Style::Writer }.compact();
        let canonical = Styled { event_type, shape: &shape, style: Style::Canonical }.compact();
        Ok(Self {
            event_type,
            fingerprint: Fingerprint::of(&canonical),
            shape,
            text,
            #[cfg(feature = "writer-schema")]
            library: std::sync::OnceLock::new(),
        })
    }

    /// The event type, which is the namespace of the schema.
    pub fn event_type(&self) -> &'static str {
        self.event_type
    }

    /// The schema as JSON on one line: upstream's, with the members in upstream's order. No field has a default but those
    /// whose default is null.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The schema as the text of upstream's `.avsc` files: indented by two spaces, with a line feed at the end.
    pub fn to_pretty(&self) -> String {
        let mut text = self.styled(Style::Writer).pretty();
        text.push('\n');
        text
    }

    /// The schema for reading what was written by another one: with the defaults of all fields that have one. JSON on one
    /// line.
    ///
    /// Upstream's own schemas leave out all defaults but null, so with them data from before a field was added cannot be
    /// read.
    pub fn to_reader(&self) -> String {
        self.styled(Style::Reader).compact()
    }

    /// The Parsing Canonical Form, which the fingerprint is made of.
    pub fn to_canonical(&self) -> String {
        self.styled(Style::Canonical).compact()
    }

    /// What names the schema among others.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The name of upstream's file with the schema: the event type with `+` for `.`, and `.avsc`.
    pub fn file_name(&self) -> String {
        format!("{}.avsc", self.event_type.replace('.', "+"))
    }

    #[cfg(feature = "writer-schema")]
    pub(super) fn library(&self) -> Result<&apache_avro::Schema, &str> {
        let library = self.library.get_or_init(|| super::writer::library_schema(&self.to_reader()));
        library.as_ref().map_err(|error| &**error)
    }

    fn styled(&self, style: Style) -> Styled<'_> {
        Styled { event_type: self.event_type, shape: &self.shape, style }
    }
}
