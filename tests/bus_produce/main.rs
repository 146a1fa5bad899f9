//! Producing the events of configured signals, on the bus in memory.

mod awaited;
mod deadlines;
mod notes;
mod publishing;
mod queue;
mod spill;
mod start;
