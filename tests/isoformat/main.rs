//! Datetimes as text: against recorded data, against a real Python, and by property.

mod conformance;
mod differential;
mod edges;
mod properties;
