//! Writers' schemas by their fingerprints.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::WriterSchema;
use crate::avro::{DecodeError, Fingerprint};
use crate::signal::any::AnySignal;
use crate::signal::event::AnyEvent;
use crate::sync;

/// The writers' schemas that a reader knows, each parsed once.
///
/// Can be shared between threads. Schemas are never removed, so insert only those of trusted peers.
#[derive(Debug, Default)]
pub struct WriterSchemas {
    known: RwLock<HashMap<Fingerprint, Arc<WriterSchema>>>,
}

impl WriterSchemas {
    /// Creates an empty set of schemas.
    pub fn new() -> Self {
        Self::default()
    }

    /// Inserts a schema and returns it. If it is already known, the existing one is kept and returned.
    pub fn insert(&self, schema: WriterSchema) -> Arc<WriterSchema> {
        let mut known = sync::write(&self.known);
        Arc::clone(known.entry(schema.fingerprint()).or_insert_with(|| Arc::new(schema)))
    }

    /// Returns the schema with this fingerprint.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Arc<WriterSchema>> {
        sync::read(&self.known).get(&fingerprint).cloned()
    }

    /// Decodes an event of `signal` that was written with the schema of this fingerprint. Nothing may follow it. The
    /// event's own schema need not be inserted.
    ///
    /// # Errors
    ///
    /// Returns an error if the fingerprint is unknown, and the errors of [`WriterSchema::decode`].
    pub fn decode(
        &self,
        signal: &dyn AnySignal,
        fingerprint: Fingerprint,
        bytes: &[u8],
    ) -> Result<Box<dyn AnyEvent>, DecodeError> {
        if signal.schema().is_ok_and(|schema| schema.fingerprint() == fingerprint) {
            return signal.decode(bytes);
        }
        match self.get(fingerprint) {
            Some(schema) => schema.decode(signal, bytes),
            None => Err(DecodeError::unresolved(fingerprint, "the schema is not known".to_owned())),
        }
    }
}
