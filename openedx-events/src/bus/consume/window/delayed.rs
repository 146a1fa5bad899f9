//! Entries that back off: [`Delayed`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// The slots of the entries that are to be retried, by their time.
#[derive(Default)]
pub(super) struct Delayed(BinaryHeap<Reverse<(Instant, usize)>>);

impl Delayed {
    pub(super) fn push(&mut self, at: Instant, slot: usize) {
        self.0.push(Reverse((at, slot)));
    }

    /// When the next entry is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Removes the next entry, if it is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        self.next_due().filter(|at| *at <= now)?;
        self.0.pop().map(|Reverse((_, slot))| slot)
    }

    pub(super) fn remove(&mut self, slot: usize) {
        self.0.retain(|Reverse((_, each))| *each != slot);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
