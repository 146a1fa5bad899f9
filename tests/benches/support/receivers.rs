//! The receivers of a bench: each a function of its own that counts its calls, so that the delivery can be checked.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often one receiver ran. Written by one thread, hence without the price of an atomic increment.
pub(crate) struct Count(AtomicU64);

impl Count {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline]
    pub(crate) fn up(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) const fn counts<const N: usize>() -> [Count; N] {
    [const { Count::new() }; N]
}
