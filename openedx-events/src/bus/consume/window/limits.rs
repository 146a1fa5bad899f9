//! How much may be in flight: [`Limits`].

use crate::bus::consume::settings::ConsumerSettings;

/// How much of a topic may be in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) entries: usize,
    pub(super) bytes: usize,
    /// The number of entries that are read at once.
    pub(super) batch: usize,
}

impl Limits {
    pub(super) fn of(settings: &ConsumerSettings) -> Self {
        Self { entries: settings.max_in_flight, bytes: settings.max_in_flight_bytes, batch: settings.batch }
    }
}
