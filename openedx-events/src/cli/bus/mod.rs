//! The commands of the event bus.

mod alarms;
mod amount;
mod consent;
mod consume;
mod dlq;
mod doctor;
mod filter;
mod follow;
mod group;
mod lag;
mod moment;
mod open_bus;
mod options;
mod parked;
mod pending;
mod printer;
mod produce;
mod progress;
mod receive;
mod replay;
mod rerun;
mod seek;
mod shown;
mod spill;
mod tail;
mod topic;
mod topics;
#[cfg(feature = "webhook")]
mod webhook;

pub(super) use consume::Consume;
pub(super) use dlq::Dlq;
pub(super) use doctor::Doctor;
pub(super) use group::Group;
pub(super) use lag::Lag;
pub(super) use options::read_for_looking;
pub(super) use parked::Parked;
pub(super) use pending::Pending;
pub(super) use produce::Produce;
pub(super) use replay::Replay;
pub(super) use seek::Seek;
pub(super) use spill::Spill;
pub(super) use tail::Tail;
pub(super) use topics::Topics;
#[cfg(feature = "webhook")]
pub(super) use webhook::Webhook;

use super::outcome::Failure;
use crate::bus::{BusError, StopError};

impl From<StopError> for Failure {
    fn from(error: StopError) -> Self {
        Self::Stopped(error)
    }
}

impl From<BusError> for Failure {
    fn from(error: BusError) -> Self {
        Self::Stopped(error.into())
    }
}
