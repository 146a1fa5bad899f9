//! Reading data that were written with another schema: by another version of a service, or in another language.
//!
//! The bytes of an event do not identify the schema they were written with. Read with another one, they yield wrong
//! values or an error. The catalog knows the schemas of upstream's releases: see [`decode_of_release`]. For other
//! writers, pass the writer's schema: fields are matched by name, unknown fields are skipped, and fields that the
//! writer did not know get the default of the data class.
//!
//! ```
//! use openedx_events::avro::writer::{WriterSchema, WriterSchemas};
//! use openedx_events::{AnySignal, EventData, PersonalData, signal};
//!
//! /// What is known about a ferry.
//! #[derive(Clone, Debug, PartialEq, EventData)]
//! pub struct FerryData {
//!     #[event_data(default = "unknown".to_owned())]
//!     pub captain: String,
//!     pub name: String,
//! }
//!
//! /// Sent when a ferry has come in.
//! #[signal("org.example.harbour.ferry.arrived.v1")]
//! pub struct FerryArrived {
//!     pub ferry: FerryData,
//! }
//!
//! // An older service does not know of captains.
//! let schemas = WriterSchemas::new();
//! let older = schemas.insert(WriterSchema::parse(
//!     r#"{"name": "CloudEvent", "type": "record", "namespace": "org.example.harbour.ferry.arrived.v1", "fields": [
//!         {"name": "ferry", "type": {"name": "FerryData", "type": "record", "fields": [
//!             {"name": "name", "type": "string"}]}}]}"#,
//! )?);
//! let event = schemas.decode(&FERRY_ARRIVED, older.fingerprint(), b"\x08Aida")?;
//! assert_eq!(event.to_json(PersonalData::Keep)?, r#"{"ferry":{"captain":"unknown","name":"Aida"}}"#);
//!
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod default;
mod plan;
mod release;
mod resolution;
mod schemas;
mod walk;

pub use release::{OfRelease, decode_of_release, of_release};
pub use schemas::WriterSchemas;

use super::error::DecodeError;
use super::fingerprint::Fingerprint;
use super::schema::{InvalidSchema, Tree};
use crate::signal::any::AnySignal;
use crate::signal::event::AnyEvent;

/// The schema that another program writes events with.
#[derive(Debug)]
pub struct WriterSchema {
    fingerprint: Fingerprint,
    tree: Tree,
}

impl WriterSchema {
    /// Parses a schema from its JSON. This takes some ten microseconds, so parse it once and keep it.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not an Avro schema.
    pub fn parse(text: &str) -> Result<Self, InvalidSchema> {
        Tree::from_text(text).map(Self::of)
    }

    fn of(tree: Tree) -> Self {
        Self { fingerprint: tree.fingerprint(), tree }
    }

    /// Returns the fingerprint, which identifies the schema.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Decodes an event of `signal` that was written with this schema. Nothing may follow it.
    ///
    /// If this is the event's own schema, it is equivalent to [`AnySignal::decode`]. Otherwise the data are first written
    /// anew with our schema. They become at most 64 times as long, and 1 MiB, by the defaults of the fields that the
    /// writer did not know; and at most 16 values for each byte, and 1,024, may be of types that take no bytes. Data that
    /// exceed this are refused.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes do not match this schema, if the data cannot be resolved to our schema (such as a
    /// missing field without a default), if a value is not valid for its type, or if the event is declared
    /// `in_process`.
    pub fn decode(&self, signal: &dyn AnySignal, bytes: &[u8]) -> Result<Box<dyn AnyEvent>, DecodeError> {
        match signal.schema() {
            Ok(schema) if schema.fingerprint() != self.fingerprint => {
                let bytes = resolution::resolve(self, schema.tree(), bytes)?;
                signal.decode(&bytes).map_err(|error| error.after_resolution(self.fingerprint))
            }
            // The event's own schema; or none, which `decode` reports.
            _ => signal.decode(bytes),
        }
    }
}
