//! Typed signals with self-registering receivers, and the events of Open edX.
//!
//! An event is a struct with the attribute [`macro@signal`]. A function with the attribute [`macro@receiver`] runs
//! whenever the event is sent, in any crate of the program; nothing else has to be wired up.
//!
//! # From nothing to a tested receiver
//!
//! Declare an event. Its data are structs that derive [`macro@EventData`]:
//!
//! ```standalone_crate
//! use openedx_events::{EventData, signal};
//!
//! /// A ticket that was sold.
//! #[derive(Clone, PartialEq, EventData)]
//! pub struct TicketData {
//!     pub seat: String,
//!     pub price: i64,
//!     /// Personal data: logs and `Debug` redact it.
//!     #[event_data(pii)]
//!     pub buyer: String,
//! }
//!
//! /// Sent when a ticket was sold.
//! #[signal("org.example.theatre.ticket.sold.v1", key = ticket.seat)]
//! pub struct TicketSold {
//!     pub ticket: TicketData,
//! }
//! ```
//!
//! Receive it. A parameter is a field of the event, by its name, or one of a few other things, such as the metadata:
//!
//! ```standalone_crate
//! # use openedx_events::{EventData, signal};
//! # #[derive(Clone, PartialEq, EventData)]
//! # pub struct TicketData { pub seat: String, pub price: i64, #[event_data(pii)] pub buyer: String }
//! # #[signal("org.example.theatre.ticket.sold.v1", key = ticket.seat)]
//! # pub struct TicketSold { pub ticket: TicketData }
//! use openedx_events::{EventsMetadata, receiver};
//!
//! #[receiver(TICKET_SOLD)]
//! fn refuse_gifts(ticket: &TicketData, metadata: &EventsMetadata) -> Result<(), String> {
//!     if ticket.price > 0 { Ok(()) } else { Err(format!("{}: nothing is free", metadata.id())) }
//! }
//! ```
//!
//! Send it. The responses tell what each receiver returned; failures are also logged:
//!
//! ```standalone_crate
//! # use openedx_events::{EventData, receiver, signal};
//! # #[derive(Clone, PartialEq, EventData)]
//! # pub struct TicketData { pub seat: String, pub price: i64, #[event_data(pii)] pub buyer: String }
//! # #[signal("org.example.theatre.ticket.sold.v1", key = ticket.seat)]
//! # pub struct TicketSold { pub ticket: TicketData }
//! # #[receiver(TICKET_SOLD)]
//! # fn refuse_gifts(ticket: &TicketData) -> Result<(), String> {
//! #     if ticket.price > 0 { Ok(()) } else { Err("nothing is free".to_owned()) }
//! # }
//! let ticket = TicketData { seat: "7B".into(), price: 20, buyer: "Ada".into() };
//! let responses = TICKET_SOLD.send_event(ticket);
//! assert!(responses.is_ok());
//! ```
//!
//! Test it. In a [test scope](testing) only the chosen signals are live, and what is sent is recorded:
//!
//! ```standalone_crate
//! # use openedx_events::{EventData, receiver, signal};
//! # #[derive(Clone, PartialEq, EventData)]
//! # pub struct TicketData { pub seat: String, pub price: i64, #[event_data(pii)] pub buyer: String }
//! # #[signal("org.example.theatre.ticket.sold.v1", key = ticket.seat)]
//! # pub struct TicketSold { pub ticket: TicketData }
//! # #[receiver(TICKET_SOLD)]
//! # fn refuse_gifts(ticket: &TicketData) -> Result<(), String> {
//! #     if ticket.price > 0 { Ok(()) } else { Err("nothing is free".to_owned()) }
//! # }
//! use openedx_events::testing;
//!
//! // In a function with `#[test]`:
//! let scope = testing::isolate([&TICKET_SOLD]);
//! TICKET_SOLD.send_event(TicketData { seat: "7B".into(), price: 0, buyer: "Ada".into() });
//!
//! scope.assert_sent::<TicketSold>(|event| event.ticket.seat == "7B");
//! assert!(scope.take_errors()[0].contains("nothing is free"));
//! ```
//!
//! # Map of the crate
//!
//! | task | items |
//! |---|---|
//! | declare events | [`macro@signal`], [`macro@EventData`], [`data`], [`keys`] |
//! | send | [`Signal`], [`SendBuilder`], [`Responses`], [`ReceiverError`] |
//! | receive | [`macro@receiver`], [`Context`], [`provide`], [`Connection`] |
//! | control retries on the event bus | [`DeliveryPolicy`], [`Permanent`], [`Skip`], [`Unavailable`], [`RetryAfter`] |
//! | start and stop a program | [`check`](fn@check), [`link!`], [`Wiring`], [`set_service_name`], [`drain`] |
//! | list and find events | [`all_events`], [`get_signal_by_type`], [`AnySignal`], [`AnyEvent`] |
//! | test | [`testing`] |
//! | monitor | [`registry_summary`], [`spawn_metrics`] |
//! | read and write metadata and JSON | [`EventsMetadata`], [`cloudevents`], [`isoformat`] |
//! | read and write Avro, evolve schemas | [`avro`], [`evolution`] |
//! | reach other processes and services | `bus` |
//! | change what a program does, or stop it | `filters`, `filter`, `pipeline_step` |
//! | read how-tos and references | `docs`, in this documentation |
//! | use the events and filters of Open edX | `learning`, `content_authoring`, `enterprise`, `authz`, `analytics`, `authentication` |
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | (none) | everything that is not below: no async runtime, no HTTP, no C |
//! | `analytics` | the event of Open edX's analytics subdomain: `analytics::{data, signals}` |
//! | `authentication` | with `filters`, the filters of its authentication subdomain, which has no events: `authentication::filters` |
//! | `authz` | the events of its authz subdomain: `authz::{data, signals}` |
//! | `content_authoring` | the events of its content_authoring subdomain: `content_authoring::{data, signals}`, and with `filters` its filter: `content_authoring::filters` |
//! | `enterprise` | the events of its enterprise subdomain: `enterprise::{data, signals}` |
//! | `learning` | the events of its learning subdomain: `learning::{data, signals}`, and with `filters` its filters: `learning::filters` |
//! | `catalog` | all six of them: the 75 events of openedx-events 11.2.0, and with `filters` 33 filters of openedx-filters 3.16.0 |
//! | `filters` | the second kind of hook, which can change and stop what a program does: `filters` |
//! | `tokio` | `send_event` spawns async receivers on tokio, and test scopes follow its tasks |
//! | `writer-schema` | reads data that was written with another schema: `avro::writer` |
//! | `bus` | the event bus, with a backend in memory: `bus` |
//! | `metrics` | hands the metrics of the bus to the crate `metrics`: `bus::metrics` |
//! | `bus-suite` | tests for authors of backends: `bus::suite` |
//! | `sqlite` | the event bus in a file: `bus::sqlite` |
//! | `redis` | the event bus on Redis Streams, shared with services in Python: `bus::redis` |
//! | `webhook` | posts events to other services: `bus::Webhooks` |
//! | `cli` | the command line: `cli` |
//!
//! [`chrono`], [`serde`] and [`uuid`] are re-exported: an event with a time, or with field types of your own, needs no
//! other version of them. With `filters`, so is `serde_json`: the members of contexts are its values.

#![cfg_attr(docsrs, feature(doc_cfg))]

// The macros name this crate as its users do, in the catalog and in the metadata's record alike.
extern crate self as openedx_events;

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "analytics")]
#[cfg_attr(docsrs, doc(cfg(feature = "analytics")))]
pub mod analytics;
#[cfg(feature = "authentication")]
#[cfg_attr(docsrs, doc(cfg(feature = "authentication")))]
pub mod authentication;
#[cfg(feature = "authz")]
#[cfg_attr(docsrs, doc(cfg(feature = "authz")))]
pub mod authz;
pub mod avro;
#[cfg(feature = "bus")]
#[cfg_attr(docsrs, doc(cfg(feature = "bus")))]
pub mod bus;
mod chain;
mod check;
#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod cli;
mod clock;
pub mod cloudevents;
#[cfg(feature = "content_authoring")]
#[cfg_attr(docsrs, doc(cfg(feature = "content_authoring")))]
pub mod content_authoring;
pub mod data;
// Not for doc tests: the test suite runs the examples of the pages.
#[cfg(all(doc, not(doctest)))]
pub mod docs;
#[cfg(feature = "enterprise")]
#[cfg_attr(docsrs, doc(cfg(feature = "enterprise")))]
pub mod enterprise;
pub mod evolution;
#[cfg(feature = "filters")]
#[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
pub mod filters;
pub mod isoformat;
pub mod keys;
#[cfg(feature = "learning")]
#[cfg_attr(docsrs, doc(cfg(feature = "learning")))]
pub mod learning;
#[cfg(feature = "bus")]
mod log_later;
mod metadata;
mod panics;
mod problem_list;
#[cfg(feature = "tokio")]
mod process;
mod random;
mod raw_members;
mod receiver;
mod replace_file;
mod signal;
mod suggest;
mod sync;
pub mod testing;
mod text_file;
mod trace_parent;
mod unheard;

pub use chrono;
pub use openedx_events_derive::{EventData, receiver, signal};
#[cfg(feature = "filters")]
#[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
pub use openedx_events_derive::{filter, pipeline_step};
pub use serde;
#[cfg(feature = "filters")]
#[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
pub use serde_json;
pub use uuid;

pub use check::{CheckError, CheckProblem, check};
pub use data::traits::{EventData, EventField, PersonalData};
pub use metadata::source::{SetSourceError, set_service_name, set_source};
pub use metadata::{EventsMetadata, InvalidMinorVersion, UPSTREAM_RELEASE};
pub use receiver::delivery::DeliveryPolicy;
pub use receiver::error::ReceiverError;
pub use receiver::retry::{Permanent, RetryAfter, Skip, Unavailable};
pub use receiver::similar_state::SimilarState;
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
pub use signal::registry::wiring::{Wiring, WiringError, WiringProblem};
pub use signal::registry::{
    CrateSummary, RegistrySummary, UnknownSignal, all_events, get_signal_by_type, registry_summary,
};
pub use signal::responses::{Response, Responses, SendError, Status};
pub use signal::send::SendBuilder;
pub use signal::typed::Signal;
pub use signal::undelivered::Undelivered;
pub use trace_parent::{InvalidTraceParent, TraceParent};
