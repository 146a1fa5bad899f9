//! A topic that is produced to or consumed, by a number: [`PlaceId`].

use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of a topic that something produces to or consumes. No two in a process have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bus) struct PlaceId(usize);

impl PlaceId {
    pub(in crate::bus) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    pub(in crate::bus) fn number(self) -> usize {
        self.0
    }
}
