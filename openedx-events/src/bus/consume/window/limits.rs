//! How much may be in flight: [`Limits`].

use std::time::Duration;

use crate::bus::consume::settings::ConsumerSettings;

/// How much of a topic may be in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) entries: usize,
    pub(super) bytes: usize,
    /// The number of entries that are read at once.
    pub(super) batch: usize,
    /// The number of parked events that are written, or fetched, at once.
    pub(super) store_batch: usize,
    /// How long after a batch the next one is read while no receiver of the topic works.
    pub(super) slow_read: Duration,
}

/// A write to the store costs more than a read of the topic, and is for several batches.
const BATCHES: usize = 5;

impl Limits {
    pub(super) fn of(settings: &ConsumerSettings) -> Self {
        Self {
            entries: settings.max_in_flight,
            bytes: settings.max_in_flight_bytes,
            batch: settings.batch,
            // The other half can run while one half is written.
            store_batch: settings.batch.saturating_mul(BATCHES).min(settings.max_in_flight.div_ceil(2)),
            slow_read: settings.retry.max_backoff,
        }
    }
}
