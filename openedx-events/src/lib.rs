//! Typed signals with self-registering receivers, and the events of Open edX.

#![cfg_attr(docsrs, feature(doc_cfg))]

// The macros name this crate as its users do, in the catalog and in the metadata's record alike.
extern crate self as openedx_events;

#[doc(hidden)]
pub mod __private;
mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod cloudevents;
mod connection;
mod context;
pub mod data;
mod dispatch;
pub mod event;
mod gate;
pub mod isoformat;
pub mod keys;
#[cfg(feature = "learning")]
#[cfg_attr(docsrs, doc(cfg(feature = "learning")))]
pub mod learning;
pub mod metadata;
mod plan;
pub mod receiver;
mod registry;
mod responses;
mod run;
mod runtime;
mod sending;
mod service;
pub mod signal;
mod state;
mod suggest;
pub mod testing;

pub use openedx_events_derive::{EventData, receiver, signal};
pub use serde;

pub use check::{CheckError, Problem, check};
pub use connection::Connection;
pub use context::Context;
pub use data::{EventData, EventField, PersonalData};
pub use event::{AnyEvent, Event, EventInfo, IntoEvent};
pub use metadata::EventsMetadata;
pub use receiver::{BoxError, ReceiverInfo, ReceiverResult};
pub use registry::{NoSignal, Summary, all_events, get_signal_by_type, summary};
pub use responses::{ReceiverError, Response, Responses, SendError, Status, Undelivered};
pub use runtime::{NoRuntime, SpawnedReceivers, drain, spawned_receivers};
pub use sending::SendOptions;
pub use service::{SourceSettled, set_service_name, set_source};
pub use signal::{AnySignal, SendAny, Signal};
pub use state::{MissingState, StateProvided, provide};
