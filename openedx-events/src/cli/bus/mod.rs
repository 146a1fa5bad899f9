//! The commands of the event bus: `consume`, `produce` and `group`.

mod consume;
mod group;
mod options;
mod produce;
mod progress;

pub(super) use consume::Consume;
pub(super) use group::Group;
pub(super) use produce::Produce;

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
