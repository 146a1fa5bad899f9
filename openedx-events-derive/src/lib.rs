//! The macros of [openedx-events](https://docs.rs/openedx-events). Use them through that crate, which re-exports them.
//!
//! | macro | what it does |
//! |---|---|
//! | [`derive(EventData)`](derive@EventData) | makes a struct a record of event data, or an enum one of its field types |
//! | [`#[signal]`](macro@signal) | declares an event, and the static that sends it |
//! | [`#[receiver]`](macro@receiver) | registers a function that runs whenever an event is sent |

// Each macro is a folder, and its stages are files: read the input, check it, expand it. The expansion calls functions of
// the runtime crate and registers; it has no behaviour of its own.

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

#[doc = include_str!("../docs/event_data.md")]
#[proc_macro_derive(EventData, attributes(event_data))]
pub fn derive_event_data(input: TokenStream) -> TokenStream {
    event_data::derive(input.into()).into()
}

#[doc = include_str!("../docs/signal.md")]
#[proc_macro_attribute]
pub fn signal(args: TokenStream, item: TokenStream) -> TokenStream {
    signal::expand(args.into(), &item.into()).into()
}

#[doc = include_str!("../docs/receiver.md")]
#[proc_macro_attribute]
pub fn receiver(args: TokenStream, item: TokenStream) -> TokenStream {
    receiver::expand(args.into(), &item.into()).into()
}
