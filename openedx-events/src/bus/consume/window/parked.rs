//! A parked event, as the window keeps it: [`Parked`].

use std::num::NonZeroU64;

use super::lanes::LaneKey;
use crate::bus::consume::circuit::Failures;
use crate::bus::consume::circuits::CircuitId;
use crate::bus::contract::{ParkedId, Waiting};

/// An event in the store, without its message. Many may be parked, so that it is small.
#[derive(Debug)]
pub(in crate::bus::consume) struct Parked {
    pub(in crate::bus::consume) id: ParkedId,
    /// The hash of its key.
    key: Option<NonZeroU64>,
    /// The bytes of its message.
    size: u32,
    /// How often it was started before and not settled: it may be what killed the process.
    pub(in crate::bus::consume) starts: u32,
    /// The receivers of this program that it waits for.
    pub(in crate::bus::consume) receivers: Box<[ParkedReceiver]>,
    /// Those that this program does not have.
    pub(in crate::bus::consume) others: Box<[Waiting]>,
}

/// A receiver that a parked event waits for.
#[derive(Clone, Debug)]
pub(in crate::bus::consume) struct ParkedReceiver {
    /// Its number among the receivers of the event.
    number: u32,
    pub(in crate::bus::consume) circuit: CircuitId,
    pub(in crate::bus::consume) failures: Failures,
}

impl Parked {
    /// An event with a message of this key and size, which was not started.
    pub(in crate::bus::consume) fn new(
        id: ParkedId,
        (key, size): (Option<u64>, u64),
        receivers: Vec<ParkedReceiver>,
        others: Vec<Waiting>,
    ) -> Self {
        Self {
            id,
            // The hash of a key is not zero.
            key: key.and_then(NonZeroU64::new),
            // No message is as large.
            size: u32::try_from(size).unwrap_or(u32::MAX),
            starts: 0,
            receivers: receivers.into(),
            others: others.into(),
        }
    }

    /// Sets how often it was started.
    pub(in crate::bus::consume) fn started(self, starts: u32) -> Self {
        Self { starts, ..self }
    }

    /// The bytes of its message.
    pub(in crate::bus::consume) fn size(&self) -> u64 {
        self.size.into()
    }

    /// The lane that it is in at each receiver, if it has this slot.
    pub(super) fn lane_key(&self, slot: usize) -> LaneKey {
        self.key.map_or(LaneKey::Slot(slot), |key| LaneKey::Key(key.get()))
    }

    pub(super) fn failures(&self, number: usize) -> Option<&Failures> {
        self.receivers.iter().find(|receiver| receiver.number() == number).map(|receiver| &receiver.failures)
    }

    pub(super) fn failures_mut(&mut self, number: usize) -> Option<&mut Failures> {
        let receiver = self.receivers.iter_mut().find(|receiver| receiver.number() == number);
        receiver.map(|receiver| &mut receiver.failures)
    }
}

impl ParkedReceiver {
    pub(in crate::bus::consume) fn new(number: usize, circuit: CircuitId, failures: Failures) -> Self {
        // An event has fewer receivers.
        Self { number: u32::try_from(number).unwrap_or(u32::MAX), circuit, failures }
    }

    pub(in crate::bus::consume) fn number(&self) -> usize {
        self.number as usize
    }
}
