//! A producer that does not produce yet: [`Starting`].

use std::sync::Mutex;

use crate::bus::contract::error::BusError;
use crate::bus::observe::live::Live;
use crate::sync;

/// A producer that opens its queues, or waits for a bus that it requires. It ends when the producer has started.
#[derive(Default)]
pub(super) struct Starting {
    /// How the bus has failed last.
    error: Mutex<Option<BusError>>,
}

impl Starting {
    /// The bus has failed, and is tried again.
    pub(super) fn retries(&self, error: &BusError) {
        *sync::lock(&self.error) = Some(error.clone());
    }
}

impl Live for Starting {
    fn not_ready(&self) -> Vec<String> {
        let error = sync::lock(&self.error).as_ref().map(|error| format!(": {error}"));
        vec![format!("the producer waits for the bus{}", error.unwrap_or_default())]
    }
}
