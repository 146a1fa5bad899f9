//! Producing the events of configured signals.

mod awaited;
mod notes;
mod publishing;
mod queue;
mod spill;
mod start;
