//! The macros of [openedx-events](https://docs.rs/openedx-events). Use them through that crate, which re-exports them.
//!
//! | macro | what it does |
//! |---|---|
//! | [`derive(EventData)`](derive@EventData) | makes a struct a record of event data, or an enum one of its field types |
//! | [`#[signal]`](macro@signal) | declares an event, and the static that sends it |
//! | [`#[receiver]`](macro@receiver) | registers a function that runs whenever an event is sent |
//! | [`#[filter]`](macro@filter) | declares a filter, and the static that runs its steps |
//! | [`#[pipeline_step]`](macro@pipeline_step) | registers a function that is a step of a filter |

// Each macro is a folder, and its stages are files: read the input, check it, expand it. The expansion calls functions of
// the runtime crate and registers; it has no behaviour of its own.

mod attr;
mod carried;
mod ctxt;
mod docs;
mod event_data;
mod event_type;
mod filter;
mod function;
mod krate;
mod link;
mod neighbours;
mod receiver;
mod record;
mod serde;
mod signal;
mod step;
mod tokens;
mod wire_name;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/event_data.md")]
#[proc_macro_derive(EventData, attributes(event_data, serde))]
pub fn derive_event_data(input: TokenStream) -> TokenStream {
    let input = input.into();
    match krate::missing(&input, "#[event_data(crate = my_events::openedx_events)]") {
        Some(error) => error.into(),
        None => event_data::derive(input).into(),
    }
}

#[doc = include_str!("../docs/signal.md")]
#[proc_macro_attribute]
pub fn signal(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = args.into();
    match krate::missing(&args, "#[signal(…, crate = my_events::openedx_events)]") {
        Some(error) => TokenStream::from_iter([error.into(), item]),
        None => signal::expand(args, &item.into()).into(),
    }
}

#[doc = include_str!("../docs/receiver.md")]
#[proc_macro_attribute]
pub fn receiver(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = args.into();
    match krate::missing(&args, "#[receiver(…, crate = my_events::openedx_events)]") {
        Some(error) => TokenStream::from_iter([error.into(), item]),
        None => receiver::expand(args, &item.into()).into(),
    }
}

#[doc = include_str!("../docs/filter.md")]
#[proc_macro_attribute]
pub fn filter(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = args.into();
    match krate::missing(&args, "#[filter(…, crate = my_events::openedx_events)]") {
        Some(error) => TokenStream::from_iter([error.into(), item]),
        None => filter::expand(args, &item.into()).into(),
    }
}

#[doc = include_str!("../docs/pipeline_step.md")]
#[proc_macro_attribute]
pub fn pipeline_step(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = args.into();
    match krate::missing(&args, "#[pipeline_step(…, crate = my_events::openedx_events)]") {
        Some(error) => TokenStream::from_iter([error.into(), item]),
        None => step::expand(args, &item.into()).into(),
    }
}

/// What `openedx_events::link!` expands to. Use that one.
#[doc(hidden)]
#[proc_macro]
pub fn __link(input: TokenStream) -> TokenStream {
    link::expand(input.into()).into()
}
