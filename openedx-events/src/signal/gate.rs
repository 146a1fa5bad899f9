//! Whether an event reaches the receivers of its signal, in one byte: [`Gate`].

use std::sync::atomic::{AtomicU8, Ordering};

use super::undelivered::Undelivered;

/// The state of a signal. All bits clear means: prepared, enabled, and its only receivers are registered sync ones, so
/// that a send reads this byte and calls them directly.
#[derive(Debug)]
pub(crate) struct Gate(AtomicU8);

/// The registry has not prepared the signal yet.
pub(crate) const UNPREPARED: u8 = 1;
/// Disabled by the program.
pub(crate) const DISABLED: u8 = 1 << 1;
/// Another signal has the same event type.
pub(crate) const DUPLICATE: u8 = 1 << 2;
/// No registered receivers.
pub(crate) const SILENT: u8 = 1 << 3;
/// Has connected receivers.
pub(crate) const CONNECTED: u8 = 1 << 4;
/// Has async receivers.
pub(crate) const ASYNC: u8 = 1 << 5;
/// Has more receivers than its first plan.
pub(crate) const REPLACED: u8 = 1 << 6;
/// A connection was dropped at once, which the next send logs.
pub(crate) const DROPPED: u8 = 1 << 7;

impl Gate {
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(UNPREPARED))
    }

    /// The bits. Acquire: a thread that sees the signal prepared also sees its plan.
    #[inline]
    pub(crate) fn bits(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn set(&self, bits: u8) {
        self.0.fetch_or(bits, Ordering::AcqRel);
    }

    pub(crate) fn clear(&self, bits: u8) {
        self.0.fetch_and(!bits, Ordering::AcqRel);
    }
}

/// Why a signal with these bits calls no receiver, if so.
#[inline]
pub(crate) fn refusal(bits: u8) -> Option<Undelivered> {
    if bits & (DUPLICATE | DISABLED | SILENT) == 0 {
        None
    } else if bits & DUPLICATE != 0 {
        Some(Undelivered::DuplicateType)
    } else if bits & DISABLED != 0 {
        Some(Undelivered::Disabled)
    } else if bits & (SILENT | CONNECTED | UNPREPARED) == SILENT {
        Some(Undelivered::NoReceivers)
    } else {
        None
    }
}

/// The refusal of a signal with these bits that shares its event type, if so.
pub(crate) fn duplicate(bits: u8) -> Option<Undelivered> {
    (bits & DUPLICATE != 0).then_some(Undelivered::DuplicateType)
}
