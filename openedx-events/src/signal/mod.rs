//! Signals, and how an event gets from a signal to its receivers.
//!
//! ```text
//! typed ──► gate ──► dispatch/fast ──► receivers ──► responses
//!                └─► dispatch/route ─┘
//! ```
//!
//! `Signal`, `AnySignal`, `Event`, `Context`, `Connection` and `Responses` name each other: a signal gives its receivers
//! a context, the context names the signal, and a connection disconnects itself from the signal. This circle stays
//! inside this module. Nothing here knows the event bus or the testing kit; `scope` is what a send has to know of tests.

pub(crate) mod any;
pub(crate) mod assertions;
pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod dispatch;
pub(crate) mod dropped_guard;
pub(crate) mod event;
pub(crate) mod gate;
pub(crate) mod info;
pub(crate) mod key;
mod other_names;
pub(crate) mod parameter;
pub(crate) mod provide;
pub(crate) mod registry;
pub(crate) mod responses;
pub(crate) mod scope;
pub(crate) mod send;
pub(crate) mod typed;
pub(crate) mod undelivered;
