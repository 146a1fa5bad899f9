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
    /// How often one more entry is read in an outage.
    pub(super) probe_interval: Duration,
}

impl Limits {
    pub(super) fn of(settings: &ConsumerSettings) -> Self {
        Self {
            entries: settings.max_in_flight,
            bytes: settings.max_in_flight_bytes,
            batch: settings.batch,
            probe_interval: settings.retry.max_backoff,
        }
    }
}
