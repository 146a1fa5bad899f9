//! Writers' schemas by their fingerprints.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::WriterSchema;
use crate::avro::{DecodeError, Fingerprint};
use crate::signal::any::AnySignal;
use crate::signal::event::AnyEvent;
use crate::sync;

/// The schemas of the writers that a reader knows, each parsed once.
///
/// May be shared between threads. Nothing is ever dropped, so insert what trusted peers write with.
#[derive(Debug, Default)]
pub struct WriterSchemas {
    known: RwLock<HashMap<Fingerprint, Arc<WriterSchema>>>,
}

impl WriterSchemas {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a schema. One that is known already stays, and is what this gives.
    pub fn insert(&self, schema: WriterSchema) -> Arc<WriterSchema> {
        let mut known = sync::write(&self.known);
        Arc::clone(known.entry(schema.fingerprint()).or_insert_with(|| Arc::new(schema)))
    }

    /// The schema of a fingerprint.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Arc<WriterSchema>> {
        sync::read(&self.known).get(&fingerprint).cloned()
    }

    /// Reads an event of `signal` that was written with the schema of this fingerprint, with nothing after it. The event's
    /// own schema needs not to be inserted.
    ///
    /// # Errors
    ///
    /// A fingerprint that is not known, and those of [`WriterSchema::decode`].
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
