//! Signals, and what happens to an event that one of them sends.
//!
//! ```text
//! typed ──► gate ──► dispatch ──► receivers ──► responses
//! ```
//!
//! `Signal`, `AnySignal`, `Event`, `Context`, `Connection` and `Responses` name each other: a signal gives its receivers
//! a context, the context names the signal, and a connection undoes itself at the signal. This circle stays inside this
//! module.

pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod dispatch;
pub(crate) mod event;
pub(crate) mod gate;
pub(crate) mod registry;
pub(crate) mod responses;
pub(crate) mod scope;
pub(crate) mod sending;
pub(crate) mod typed;
