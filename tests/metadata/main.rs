//! The metadata of events: its JSON, its ids and the service it names.

mod ids;
mod json;
mod service;
mod times;
mod vectors;
