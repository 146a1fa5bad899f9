//! The commands of the event bus: `consume`, `produce`, `group`, `spill` and `parked`.

mod amount;
mod consent;
mod consume;
mod group;
mod options;
mod parked;
mod printer;
mod produce;
mod progress;
mod receive;
mod spill;
mod topic;

pub(super) use consume::Consume;
pub(super) use group::Group;
pub(super) use parked::Parked;
pub(super) use produce::Produce;
pub(super) use spill::Spill;

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
