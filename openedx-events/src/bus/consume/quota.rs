//! How many entries a consumer may handle: [`Quota`].

use std::sync::atomic::{AtomicU64, Ordering};

/// How many entries a consumer may handle, in all of its topics together.
pub(super) struct Quota {
    /// The number of entries that may still be begun.
    left: AtomicU64,
    /// The number of entries that have not ended, those that are not begun included.
    open: AtomicU64,
}

impl Quota {
    pub(super) fn new(max: u64) -> Self {
        Self { left: AtomicU64::new(max), open: AtomicU64::new(max) }
    }

    /// The number of entries that may still be begun.
    pub(super) fn left(&self) -> usize {
        usize::try_from(self.left.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    /// Counts one more entry as begun. Returns whether it may be.
    pub(super) fn begin(&self) -> bool {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.is_ok()
    }

    /// Counts one more entry as ended. Returns whether it was the last.
    pub(super) fn end(&self) -> bool {
        self.open.fetch_sub(1, Ordering::Relaxed) == 1
    }
}
