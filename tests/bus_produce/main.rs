//! Producing the events of configured signals.

mod awaited;
mod deadlines;
mod limits;
mod notes;
mod publishing;
mod queue;
mod rain;
mod shutdown;
mod shutdown_async;
mod spill;
mod spill_faults;
mod spill_left_behind;
mod start;
mod unpublishable;
