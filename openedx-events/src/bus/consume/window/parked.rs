//! A parked event, as the window keeps it: [`Parked`].

use crate::bus::consume::circuit::Failures;
use crate::bus::consume::circuits::CircuitId;
use crate::bus::contract::{ParkedId, Waiting};

/// An event in the store, without its message.
#[derive(Debug)]
pub(in crate::bus::consume) struct Parked {
    pub(in crate::bus::consume) id: ParkedId,
    /// How often it was started before and not settled: it may be what killed the process.
    pub(in crate::bus::consume) starts: u32,
    /// The bytes of its message.
    pub(in crate::bus::consume) size: u64,
    /// The hash of its key.
    pub(in crate::bus::consume) key: Option<u64>,
    /// The receivers of this program that it waits for.
    pub(in crate::bus::consume) receivers: Box<[ParkedReceiver]>,
    /// Those that this program does not have.
    pub(in crate::bus::consume) others: Vec<Waiting>,
}

/// A receiver that a parked event waits for.
#[derive(Clone, Debug)]
pub(in crate::bus::consume) struct ParkedReceiver {
    /// Its number among the receivers of the event.
    pub(in crate::bus::consume) number: usize,
    pub(in crate::bus::consume) circuit: CircuitId,
    pub(in crate::bus::consume) failures: Failures,
}

impl Parked {
    pub(super) fn failures(&self, number: usize) -> Option<&Failures> {
        self.receivers.iter().find(|receiver| receiver.number == number).map(|receiver| &receiver.failures)
    }

    pub(super) fn failures_mut(&mut self, number: usize) -> Option<&mut Failures> {
        let receiver = self.receivers.iter_mut().find(|receiver| receiver.number == number);
        receiver.map(|receiver| &mut receiver.failures)
    }
}
