//! Data that were written with another schema than ours: by another version of a service, or in another language.
//!
//! The bytes of an event do not say what schema they were written with, and so read with another they give wrong values,
//! or none. Of upstream's releases the catalog knows the schemas: see [`decode_of_release`]. Whoever else knows the writer's schema reads them by it: fields are found by their names, those that we do not know
//! are passed over, and those that the writer did not know get the default of the data class.
//!
//! ```
//! use openedx_events::avro::{WriterSchema, WriterSchemas};
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

mod release;
mod resolution;
mod schemas;
mod walk;

pub use release::{OfRelease, decode_of_release, of_release};
pub use schemas::WriterSchemas;

use apache_avro::Schema as LibrarySchema;

use super::error::DecodeError;
use super::fingerprint::Fingerprint;
use super::schema::{InvalidSchema, Tree};
use crate::signal::any::AnySignal;
use crate::signal::event::AnyEvent;

/// The schema that somebody else has written events with.
#[derive(Debug)]
pub struct WriterSchema {
    fingerprint: Fingerprint,
    tree: Tree,
    /// The same for the library that reads by it.
    library: LibrarySchema,
}

impl WriterSchema {
    /// Reads a schema from its JSON. Takes some ten microseconds, so parse it once and keep it.
    ///
    /// # Errors
    ///
    /// A text that is no Avro schema.
    pub fn parse(text: &str) -> Result<Self, InvalidSchema> {
        Self::of(Tree::from_text(text)?)
    }

    fn of(tree: Tree) -> Result<Self, InvalidSchema> {
        Ok(Self { fingerprint: tree.fingerprint(), library: tree.to_writer()?, tree })
    }

    /// What names the schema.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Reads an event of `signal` that was written with this schema, with nothing after it.
    ///
    /// If it is the event's own schema, this is [`AnySignal::decode`]. Else it takes many times as long, and memory for
    /// the data as the library holds it, which is more than for the event.
    ///
    /// # Errors
    ///
    /// Bytes that are not of this schema, data that ours cannot hold (such as a field without a default that the writer
    /// did not know), values that the event's types cannot have, and every event that is declared `in_process`.
    pub fn decode(&self, signal: &dyn AnySignal, bytes: &[u8]) -> Result<Box<dyn AnyEvent>, DecodeError> {
        match signal.schema() {
            Ok(schema) if schema.fingerprint() != self.fingerprint => {
                walk::check(&self.tree, bytes)?;
                let bytes = resolution::resolve(&self.library, schema, bytes)
                    .map_err(|reason| DecodeError::unresolved(self.fingerprint, reason))?;
                signal.decode(&bytes).map_err(|error| error.after_resolution(self.fingerprint))
            }
            // The event's own schema; or none, which is for `decode` to say.
            _ => signal.decode(bytes),
        }
    }
}
