//! How an event gets from its signal to the receivers.
//!
//! [`fast`] is compiled for each event and covers the two common cases; [`route`] is compiled once for all events, whose
//! type is then known at run time only.

mod fast;
pub(crate) mod nesting;
pub(crate) mod payload;
pub(crate) mod plan;
pub(crate) mod route;
pub(crate) mod run;
pub(crate) mod runtime;
mod spawned;
pub(crate) mod trace;
pub(crate) mod tracker;
pub(crate) mod waits;
