//! Typed signals with self-registering receivers, and the events of Open edX.
//!
//! An event is declared once, as a struct, by [`macro@signal`]; its data are records that derive [`macro@EventData`].
//! A function with [`macro@receiver`] runs whenever the event is sent, without being named anywhere else.
//!
//! ```
//! use openedx_events::{EventData, EventsMetadata, receiver, signal};
//!
//! /// What is known about a sold ticket.
//! #[derive(Clone, PartialEq, EventData)]
//! pub struct TicketData {
//!     pub seat: String,
//!     pub price: i64,
//!     /// Personal data: no log will show it.
//!     #[event_data(pii)]
//!     pub buyer: String,
//! }
//!
//! /// Sent when a ticket was sold.
//! #[signal("org.example.theatre.ticket.sold.v1", key = ticket.seat)]
//! pub struct TicketSold {
//!     pub ticket: TicketData,
//! }
//!
//! /// A parameter is a field of the event, by its name, or one of a few other things.
//! #[receiver(TICKET_SOLD)]
//! fn refuse_gifts(ticket: &TicketData, metadata: &EventsMetadata) -> Result<(), String> {
//!     if ticket.price > 0 { Ok(()) } else { Err(format!("{}: nothing is free", metadata.id())) }
//! }
//!
//! let ticket = TicketData { seat: "7B".into(), price: 20, buyer: "Ada".into() };
//! let responses = TICKET_SOLD.send_event(ticket);
//! assert!(responses.is_ok());
//! ```
//!
//! # Where things are
//!
//! | for | see |
//! |---|---|
//! | declaring | [`macro@signal`], [`macro@EventData`], [`data`] |
//! | sending | [`Signal`], [`SendBuilder`], [`Responses`] |
//! | receiving | [`macro@receiver`], [`Context`], [`provide`], [`Connection`], [`DeliveryPolicy`] |
//! | starting and ending a program | [`check`](fn@check), [`link!`], [`set_service_name`], [`drain`] |
//! | looking around | [`all_events`], [`get_signal_by_type`], [`registry_summary`] |
//! | testing | [`testing`] |
//! | metadata and JSON | [`EventsMetadata`], [`cloudevents`], [`isoformat`], [`keys`] |
//! | bytes and schemas | [`avro`], [`evolution`] |
//! | other processes and services | `bus` |
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | (none) | everything but what is below: no async runtime, no HTTP, no C |
//! | `analytics` | the event of Open edX's analytics subdomain: `analytics::{data, signals}` |
//! | `authz` | the events of its authz subdomain: `authz::{data, signals}` |
//! | `content_authoring` | the events of its content_authoring subdomain: `content_authoring::{data, signals}` |
//! | `enterprise` | the events of its enterprise subdomain: `enterprise::{data, signals}` |
//! | `learning` | the events of its learning subdomain: `learning::{data, signals}` |
//! | `catalog` | all five of them, the 75 events of openedx-events 11.2.0 |
//! | `tokio` | spawns async receivers on tokio; test scopes that follow its tasks |
//! | `writer-schema` | reading data of another schema than ours: `avro::writer` |
//! | `bus` | the event bus, with a backend in memory: `bus` |
//! | `bus-suite` | tests for authors of backends: `bus::suite` |
//! | `sqlite` | the event bus in a file |
//! | `redis` | the event bus on Redis Streams, shared with services in Python |
//! | `cli` | the command line: `cli` |

#![cfg_attr(docsrs, feature(doc_cfg))]

// The macros name this crate as its users do, in the catalog and in the metadata's record alike.
extern crate self as openedx_events;

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "analytics")]
#[cfg_attr(docsrs, doc(cfg(feature = "analytics")))]
pub mod analytics;
#[cfg(feature = "authz")]
#[cfg_attr(docsrs, doc(cfg(feature = "authz")))]
pub mod authz;
pub mod avro;
#[cfg(feature = "bus")]
#[cfg_attr(docsrs, doc(cfg(feature = "bus")))]
pub mod bus;
#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod cli;
pub mod cloudevents;
#[cfg(feature = "content_authoring")]
#[cfg_attr(docsrs, doc(cfg(feature = "content_authoring")))]
pub mod content_authoring;
pub mod data;
#[cfg(feature = "enterprise")]
#[cfg_attr(docsrs, doc(cfg(feature = "enterprise")))]
pub mod enterprise;
pub mod evolution;
pub mod isoformat;
pub mod keys;
#[cfg(feature = "learning")]
#[cfg_attr(docsrs, doc(cfg(feature = "learning")))]
pub mod learning;
mod metadata;
mod raw_members;
mod receiver;
mod signal;
mod suggest;
mod sync;
pub mod testing;

pub use chrono;
pub use openedx_events_derive::{EventData, receiver, signal};
pub use serde;
pub use uuid;

pub use data::{EventData, EventField, PersonalData};
pub use metadata::source::{SetSourceError, set_service_name, set_source};
pub use metadata::{EventsMetadata, UPSTREAM_RELEASE};
pub use receiver::delivery::DeliveryPolicy;
pub use receiver::error::ReceiverError;
pub use receiver::retry::{Permanent, Skip};
pub use receiver::state::{MissingState, ProvideError};
pub use receiver::{BoxError, ReceiverInfo, ReceiverOutput, ReceiverResult};
pub use signal::any::{AnySignal, SendFuture};
pub use signal::connection::Connection;
pub use signal::context::Context;
pub use signal::dispatch::runtime::{SpawnMetrics, drain, spawn_metrics};
pub use signal::event::{AnyEvent, Event, IntoEvent};
pub use signal::info::EventInfo;
pub use signal::key::EventKey;
pub use signal::provide::provide;
pub use signal::registry::check::{CheckError, CheckProblem, check};
pub use signal::registry::{
    CrateSummary, RegistrySummary, UnknownSignal, all_events, get_signal_by_type, registry_summary,
};
pub use signal::responses::{Response, Responses, SendError, Status};
pub use signal::send::SendBuilder;
pub use signal::typed::Signal;
pub use signal::undelivered::Undelivered;
