//! An entry in flight: [`Entry`].

use std::time::Instant;

use crate::bus::consume::outage::CountedFailure;
use crate::bus::consume::progress::EventProgress;
use crate::bus::contract::Delivery;
use crate::bus::message::dead_letter::DeadLetter;

/// An entry in flight. A worker takes it out of the window, handles it and settles it.
pub(in crate::bus::consume) struct Entry {
    pub(in crate::bus::consume) delivery: Delivery,
    pub(in crate::bus::consume) stage: Stage,
    /// Whether the attempt to handle a redelivered entry was counted on the bus.
    is_attempt_counted: bool,
    pub(super) failure: CountedFailure,
    /// Its slot in the window.
    pub(super) slot: usize,
    /// The bytes of memory that it takes.
    pub(super) size: usize,
}

/// How far an entry has come.
pub(in crate::bus::consume) enum Stage {
    /// No worker has taken it yet.
    New,
    /// A worker has taken it, and it is not decoded yet.
    Begun,
    /// Its receivers have run, and some of them are to run again.
    Retrying(Box<EventProgress>),
    /// It is to be dead-lettered; its receivers do not run any more.
    DeadLetter(DeadLetter),
}

/// How a worker settles an entry.
#[derive(Clone, Copy, Debug)]
pub(in crate::bus::consume) enum Settlement {
    /// It is done and is to be acknowledged.
    Done,
    /// It was acknowledged together with its dead letter.
    DeadLettered,
    /// It is another consumer's by now, or nobody's.
    Lost,
    /// It is to be handled again.
    Retry {
        /// Not before this time.
        at: Instant,
    },
}

impl Entry {
    pub(super) fn new(delivery: Delivery) -> Self {
        let size = delivery.message.size();
        Self {
            delivery,
            stage: Stage::New,
            is_attempt_counted: false,
            failure: CountedFailure::default(),
            slot: 0,
            size,
        }
    }

    /// Whether a worker has taken it before.
    pub(super) fn is_begun(&self) -> bool {
        !matches!(self.stage, Stage::New)
    }

    pub(super) fn begin(&mut self) {
        if !self.is_begun() {
            self.stage = Stage::Begun;
        }
    }

    /// Whether it may have killed the process that had it before, and whether it does is not counted yet. It is then handled
    /// alone, so that no other entry is blamed for it.
    pub(in crate::bus::consume) fn is_suspect(&self) -> bool {
        self.delivery.is_redelivered && !self.is_attempt_counted
    }

    pub(in crate::bus::consume) fn attempt_was_counted(&mut self) {
        self.is_attempt_counted = true;
    }

    pub(in crate::bus::consume) fn is_attempt_counted(&self) -> bool {
        self.is_attempt_counted
    }
}
