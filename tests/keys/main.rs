//! Opaque keys against upstream, and against whatever comes in.

mod allocations;
mod characters;
mod comparison;
mod conformance;
mod errors;
mod linear;
mod properties;
mod serde;
