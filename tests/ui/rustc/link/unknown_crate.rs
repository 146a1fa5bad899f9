//! A crate that is not there, and a module of that name.

mod receivers {}

openedx_events::link!(serde_json, no_such_crate);

openedx_events::link!(receivers);

fn main() {}
