//! How many entries a consumer may handle: [`Quota`].

use std::sync::atomic::{AtomicU64, Ordering};

/// How many entries a consumer may handle, all of its topics together.
pub(super) struct Quota {
    /// How many may still be begun.
    left: AtomicU64,
    /// How many have not come to their end, those that are not begun included.
    open: AtomicU64,
}

impl Quota {
    pub(super) fn new(max: u64) -> Self {
        Self { left: AtomicU64::new(max), open: AtomicU64::new(max) }
    }

    /// How many may still be begun.
    pub(super) fn left(&self) -> usize {
        usize::try_from(self.left.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    /// Whether one more may be begun; it counts as begun then.
    pub(super) fn begin(&self) -> bool {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.is_ok()
    }

    /// One has come to its end. Whether it was the last.
    pub(super) fn end(&self) -> bool {
        self.open.fetch_sub(1, Ordering::Relaxed) == 1
    }
}
