//! Whole events as CloudEvents in JSON.

mod advice;
mod attributes;
mod binary_data;
mod data_file;
mod events;
mod personal;
mod properties;
mod vectors;
