//! What backs off: [`Delayed`].

use std::collections::BTreeMap;
use std::time::Instant;

use super::lanes::LaneKey;
use crate::bus::consume::circuits::CircuitId;

/// What is to be retried, by its time.
///
/// A lane is not removed when it changes: whoever takes it out looks whether it still backs off until this time.
#[derive(Default)]
pub(super) struct Delayed {
    /// Of two with the same time, the one that was added first comes first.
    all: BTreeMap<(Instant, u64), Backoff>,
    added: u64,
}

/// What waits for its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Backoff {
    /// The entry of this slot.
    Entry(usize),
    /// The first event of a lane of a receiver.
    Lane(CircuitId, LaneKey),
}

impl Delayed {
    pub(super) fn push(&mut self, at: Instant, what: Backoff) {
        self.added += 1;
        self.all.insert((at, self.added), what);
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.all.first_key_value().map(|((at, _), _)| *at)
    }

    /// Removes the next one, if it is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Backoff)> {
        self.next_due().filter(|at| *at <= now)?;
        self.all.pop_first().map(|((at, _), what)| (at, what))
    }

    /// Removes the entry of a slot that becomes free.
    pub(super) fn remove(&mut self, slot: usize) {
        self.all.retain(|_, what| *what != Backoff::Entry(slot));
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
    }
}
