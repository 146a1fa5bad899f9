//! Signals and receivers: which receivers run, in which order, with what, and how failures are reported.

#![expect(clippy::unused_async, reason = "how a receiver is called is tested, not what it waits for")]

mod asynchronous;
mod circles;
mod contention;
mod delivery_policy;
mod dropped_guard;
mod dropping;
mod failing;
mod ordering;
mod reentrant;
mod sending;
mod state;
mod undelivered;
