//! The command line: as processes, and as the library function behind it.

mod answers;
mod asyncapi;
mod bad_events;
mod blocking;
mod catalog_html;
mod catalog_page;
mod completions;
mod filters;
mod list_and_describe;
mod own_program;
mod process;
mod send;
mod streams;
mod values;
mod vectors;

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/events.jsonl");
const BAD_EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/bad_events.jsonl");
