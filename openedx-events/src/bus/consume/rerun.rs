//! Consuming again what was consumed before: [`Rerun`].

use std::sync::Arc;

use crate::bus::contract::error::BusError;
use crate::bus::contract::{Backend, Consumer, EntryId, Subscription};

/// What is consumed again, instead of what is new for a group.
pub(crate) trait Rerun: Send + Sync {
    /// Makes what reads it from this bus.
    ///
    /// # Errors
    ///
    /// Those of the bus.
    fn consumer(
        &self,
        bus: &Arc<dyn Backend>,
        subscription: &Subscription,
    ) -> Result<Box<dyn Consumer>, BusError>;

    /// Whether the receiver with this path is to run for an entry.
    fn is_chosen(&self, entry: &EntryId, path: &str) -> bool;

    /// Whether everything was read, and handed to the workers.
    #[cfg(feature = "cli")]
    fn is_read(&self) -> bool;
}
