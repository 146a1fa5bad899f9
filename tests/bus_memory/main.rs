//! The bus in memory: the suite that every backend must pass.
//!
//! Register no receiver here: `no_receivers` tests a program without any.

mod key_order;
mod names;
mod no_receivers;
mod suite;
