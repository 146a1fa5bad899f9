//! Parked events, as consumers and operators share them: their form on the server, and [what operators see](group).

pub(super) mod batch;
mod group;
pub(super) mod head;
pub(super) mod letter;
pub(super) mod waiting;
