//! The state of a group: [`GroupInfo`].

use std::time::Duration;

/// The state of a consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// The name of the group.
    pub name: String,
    /// The number of entries that the group has not read; `None` if the backend cannot tell.
    pub lag: Option<u64>,
    /// The number of entries that were read and not acknowledged.
    pub pending: u64,
    /// The number of events that are [parked](super::ParkedStore).
    pub parked: u64,
    /// The names of the consumers, sorted: of those that live, and of those that are gone and have left something
    /// pending or parked, or were not removed yet.
    pub consumers: Vec<String>,
    /// How long entries have waited while no consumer of the group was active; `None` if none waits, or if the backend cannot
    /// tell.
    pub idle: Option<Duration>,
    /// The age of the oldest entry that the group has not acknowledged, by the clock of the bus; `None` if there is none, or if the
    /// backend cannot tell.
    pub oldest: Option<Duration>,
}

impl GroupInfo {
    /// The state of a group without parked events that is not [idle](Self::idle).
    pub fn new(name: impl Into<String>, lag: Option<u64>, pending: u64, consumers: Vec<String>) -> Self {
        Self { name: name.into(), lag, pending, parked: 0, consumers, idle: None, oldest: None }
    }

    /// Sets [`parked`](Self::parked).
    #[must_use]
    pub fn parked(self, parked: u64) -> Self {
        Self { parked, ..self }
    }

    /// Sets [`idle`](Self::idle).
    #[must_use]
    pub fn idle_for(self, idle: Option<Duration>) -> Self {
        Self { idle, ..self }
    }

    /// Sets [`oldest`](Self::oldest).
    #[must_use]
    pub fn oldest(self, oldest: Option<Duration>) -> Self {
        Self { oldest, ..self }
    }
}
