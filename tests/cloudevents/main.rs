//! Whole events as CloudEvents in JSON.

mod attributes;
mod data_file;
mod events;
mod personal;
mod properties;
mod vectors;
