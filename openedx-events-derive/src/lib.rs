//! The macros of [openedx-events](https://docs.rs/openedx-events): use them through that crate, which re-exports them.
//!
//! Each macro is a folder, and its stages are the files: read the input, check it, expand it. What is expanded are calls
//! of the runtime crate's functions and registrations; no behaviour lives here.

mod attr;
mod ctxt;
mod docs;
mod event_data;
mod event_type;
mod krate;
mod receiver;
mod record;
mod signal;

use proc_macro::TokenStream;

/// Makes a struct a record of event data, or an enum without data one of its fields' types.
///
/// On the type: `#[event_data(pii)]` marks all of it as personal data; `#[event_data(serde)]` implements serde's traits
/// with the JSON that events have; `#[event_data(crate = path)]` names a renamed crate.
///
/// On a field: `#[event_data(pii)]` marks it as personal data, and gives the type a `Debug` that redacts;
/// `#[event_data(default)]` or `#[event_data(default = expr)]` fills it in where JSON leaves it out.
///
/// On a variant: `#[event_data(rename = "text")]` is what stands for it instead of its name.
#[proc_macro_derive(EventData, attributes(event_data))]
pub fn derive_event_data(input: TokenStream) -> TokenStream {
    event_data::derive(input.into()).into()
}

/// Declares an event: `#[signal("org.openedx.subdomain.subject.action.v1")]` on a struct with named fields gives it a
/// static [`Signal`](https://docs.rs/openedx-events) of the same name in upper case.
///
/// After the type, in any order: `key = field.inner` (what orders the event on the bus; checked by the compiler),
/// `minor_version = 1`, `trigger_repository = "…"`, `warning = "…"`, `name = SIGNAL`, `crate = path`, and for names that
/// break the rules on purpose `unversioned` and `hyphenated`.
#[proc_macro_attribute]
pub fn signal(args: TokenStream, item: TokenStream) -> TokenStream {
    signal::expand(args.into(), &item.into()).into()
}

/// Registers a function as a receiver: `#[receiver(SIGNAL, OTHER_SIGNAL)]`, or `#[receiver(any)]` for every event.
///
/// Its parameters are fields of the event by their names, and `event`, `metadata`, `signal`, `from_event_bus` and
/// `#[state] name: &T`, in any order. It may be async, and returns `()` or `Result<(), E>`. `priority = 10` lets it run
/// before those of a lower one; `crate = path` names a renamed crate.
///
/// The event bus goes by a few more, each for this receiver alone; what is not given is as the settings of the consumer
/// have it. `max_attempts = 8` is how often it is run at most for an event; `initial_backoff = "200ms"` the longest pause after
/// the first failure, which doubles with each one up to `max_backoff = "30s"`; `timeout = "10s"` how long a run may
/// take; and with `dedup` the events that it has done are remembered, so that it does none of them twice. Times are whole
/// numbers with `ms`, `s`, `m` or `h`. In process they have no meaning.
#[proc_macro_attribute]
pub fn receiver(args: TokenStream, item: TokenStream) -> TokenStream {
    receiver::expand(args.into(), &item.into()).into()
}
