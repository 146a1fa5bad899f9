//! The bus in memory: what every backend must do.
//!
//! No receiver is registered here, which one of the tests is about.

mod no_receivers;
mod suite;
