//! What the reader does: [`ReaderPhase`].

use std::time::{Duration, Instant};

/// A read that takes longer than this waits for entries, and what is done meanwhile is not acknowledged with the next one.
const LONG_READ: Duration = Duration::from_millis(5);

/// What the reader does at the moment, as far as others have to know.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReaderPhase {
    /// It hands on what it has read, or pauses.
    Busy,
    /// It waits until no more than `at_most` entries are in flight.
    WaitingForRoom { since: Instant, at_most: usize },
    /// It waits for entries.
    WaitingForEntries { since: Instant },
    /// It reads no more.
    Finished,
}

impl ReaderPhase {
    /// Whether it does not acknowledge anything until it has waited.
    pub(super) fn is_waiting(self) -> bool {
        !matches!(self, Self::Busy)
    }

    /// Whether it waits for room, and this number of entries in flight is what it waits for, or nothing is left to run.
    pub(super) fn may_read(self, in_flight: usize, is_idle: bool) -> bool {
        matches!(self, Self::WaitingForRoom { at_most, .. } if in_flight <= at_most || is_idle)
    }

    /// When others are to acknowledge in its place, as it has waited for too long by then; `None` if they need not.
    pub(super) fn is_late_at(self, now: Instant) -> Option<Instant> {
        match self {
            Self::Busy => None,
            Self::WaitingForRoom { since, .. } | Self::WaitingForEntries { since } => Some(since + LONG_READ),
            Self::Finished => Some(now),
        }
    }
}
