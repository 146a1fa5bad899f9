//! An entry in flight: [`Entry`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lanes::{LaneKey, ShareId, Wait};
use super::parked::Parked;
use super::parking::{Fetches, StoreChange};
use crate::bus::consume::circuit::{Effect, Failures};
use crate::bus::consume::circuits::CircuitId;
use crate::bus::consume::decode::Decoded;
use crate::bus::consume::progress::{self, EventProgress, GivenUp, ReceiverProgress};
use crate::bus::contract::{Delivery, EntryId, ParkedId, Waiting};
use crate::bus::message::dead_letter::DeadLetter;

/// An entry in flight. A worker takes it out of the window, handles it and settles it.
pub(in crate::bus::consume) struct Entry {
    pub(in crate::bus::consume) delivery: Delivery,
    pub(in crate::bus::consume) stage: Stage,
    /// Whether an attempt to handle a redelivered entry is counted on the bus and has not returned.
    pub(in crate::bus::consume) is_attempt_counted: bool,
    /// Its slot in the window.
    pub(super) slot: usize,
    /// The bytes of memory that it takes.
    pub(super) size: usize,
    /// Where it comes from.
    pub(in crate::bus::consume) origin: Origin,
    /// The entries of its key behind it wait for it.
    pub(super) is_first_of_key: bool,
    /// The number of its receivers that workers run, one by one.
    pub(super) running: usize,
    /// A receiver has run, or was to run, since it was read or fetched.
    pub(super) has_run: bool,
}

/// Where an event in flight comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bus::consume) enum Origin {
    /// It is an entry of the topic.
    Topic,
    /// It was parked, and its entry is acknowledged.
    Store {
        id: ParkedId,
        /// What it waits for besides: receivers that this program does not have.
        others: Vec<Waiting>,
    },
}

/// How far an entry has come.
pub(in crate::bus::consume) enum Stage {
    /// No worker has taken it yet.
    New,
    /// A worker has taken it, and it is not decoded yet.
    Begun,
    /// Its receivers have run, or wait: some of them are to run, or to run again.
    Open(Box<EventProgress>),
    /// It is to be dead-lettered; its receivers do not run any more.
    DeadLetter(DeadLetter),
}

/// How a worker settles an entry.
#[derive(Clone, Debug)]
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
    /// Some of its receivers wait.
    Open(Vec<OpenShare>),
}

/// A receiver of an entry that waits.
#[derive(Clone, Copy, Debug)]
pub(in crate::bus::consume) struct OpenShare {
    pub(in crate::bus::consume) number: usize,
    pub(in crate::bus::consume) circuit: CircuitId,
    pub(in crate::bus::consume) outage_limit: Duration,
    pub(in crate::bus::consume) wait: Wait,
    pub(in crate::bus::consume) effect: Effect,
}

/// One receiver of an entry that a worker runs by itself.
pub(in crate::bus::consume) struct Share {
    pub(in crate::bus::consume) entry: EntryId,
    pub(in crate::bus::consume) event: Arc<Decoded>,
    pub(in crate::bus::consume) failures: Failures,
    pub(in crate::bus::consume) id: ShareId,
    pub(in crate::bus::consume) circuit: CircuitId,
    pub(super) lane: LaneKey,
    /// The number of the receiver among those of the program for the event.
    pub(in crate::bus::consume) call: usize,
    /// The entry may have killed the process that had it before.
    pub(in crate::bus::consume) is_suspect: bool,
    /// An attempt is counted on the bus and has not returned.
    pub(in crate::bus::consume) is_attempt_counted: bool,
    /// It was parked: that it has started is in the store.
    pub(in crate::bus::consume) is_of_store: bool,
}

/// What has come of a run of one receiver.
pub(in crate::bus::consume) enum ShareEnd {
    Done,
    GivenUp(GivenUp),
    /// It failed and waits.
    Failed {
        wait: Wait,
        effect: Effect,
    },
    /// The entry is another consumer's by now, or nobody's.
    Lost,
}

/// What a worker is to do.
pub(in crate::bus::consume) enum Job {
    Entry(Box<Entry>),
    Share(Box<Share>),
    /// Parked events are to be fetched.
    Fetch(Fetches),
}

impl Entry {
    /// The dead letter of the receivers that were given up, or of the whole event.
    pub(in crate::bus::consume) fn letter(&self) -> Option<DeadLetter> {
        match &self.stage {
            Stage::Open(progress) => progress::dead_letter(&progress.receivers),
            Stage::DeadLetter(letter) => Some(letter.clone()),
            Stage::New | Stage::Begun => None,
        }
    }

    pub(super) fn new(delivery: Delivery) -> Self {
        let size = delivery.message.size();
        Self {
            delivery,
            stage: Stage::New,
            is_attempt_counted: false,
            slot: 0,
            size,
            origin: Origin::Topic,
            is_first_of_key: true,
            running: 0,
            has_run: false,
        }
    }

    /// An event that was parked and has been started.
    pub(in crate::bus::consume) fn of_store(
        delivery: Delivery,
        parked: &Parked,
        progress: EventProgress,
    ) -> Self {
        let is_redelivered = parked.starts > 0;
        Self {
            stage: Stage::Open(Box::new(progress)),
            origin: Origin::Store { id: parked.id, others: parked.others.to_vec() },
            // The entries of its key are in the lanes behind it.
            is_first_of_key: false,
            ..Self::new(delivery.redelivered(is_redelivered))
        }
    }

    /// A parked event that cannot run any more.
    pub(in crate::bus::consume) fn dead_of_store(
        delivery: Delivery,
        parked: &Parked,
        letter: DeadLetter,
    ) -> Self {
        Self {
            stage: Stage::DeadLetter(letter),
            origin: Origin::Store { id: parked.id, others: parked.others.to_vec() },
            is_first_of_key: false,
            ..Self::new(delivery)
        }
    }

    /// Its entry, unless that is acknowledged already.
    pub(super) fn entry_of_topic(&self) -> Option<&EntryId> {
        (self.origin == Origin::Topic).then_some(&self.delivery.entry)
    }

    /// Its id in the store, if it was parked.
    pub(super) fn parked_id(&self) -> Option<ParkedId> {
        match &self.origin {
            Origin::Topic => None,
            Origin::Store { id, .. } => Some(*id),
        }
    }

    /// What becomes of a parked event that may have killed a process and is done. What it waits for besides, this program does not
    /// have.
    pub(in crate::bus::consume) fn suspect_done(&self) -> Option<StoreChange> {
        let Origin::Store { id, others } = &self.origin else { return None };
        let change = || StoreChange { id: *id, waiting: others.clone(), letter: None };
        self.is_suspect().then(change)
    }

    /// Whether a receiver has succeeded.
    pub(super) fn has_receiver_done(&self) -> bool {
        match &self.stage {
            Stage::Open(progress) => {
                progress.receivers.iter().any(|receiver| matches!(receiver, ReceiverProgress::Done))
            }
            _ => false,
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

    /// Whether it may have killed the process that had it before. What runs for it is then handled alone, so that no other
    /// entry is blamed for it.
    pub(in crate::bus::consume) fn is_suspect(&self) -> bool {
        self.delivery.is_redelivered && !matches!(self.stage, Stage::DeadLetter(_))
    }

    pub(super) fn progress(&mut self) -> Option<&mut EventProgress> {
        match &mut self.stage {
            Stage::Open(progress) => Some(progress),
            Stage::New | Stage::Begun | Stage::DeadLetter(_) => None,
        }
    }

    /// The failures of a receiver that waits.
    pub(super) fn failures(&self, number: usize) -> Option<&Failures> {
        match &self.stage {
            Stage::Open(progress) => match progress.receivers.get(number) {
                Some(ReceiverProgress::Open(_, failures)) => Some(failures),
                _ => None,
            },
            Stage::New | Stage::Begun | Stage::DeadLetter(_) => None,
        }
    }

    pub(super) fn failures_mut(&mut self, number: usize) -> Option<&mut Failures> {
        match self.progress()?.receivers.get_mut(number) {
            Some(ReceiverProgress::Open(_, failures)) => Some(failures),
            _ => None,
        }
    }
}
