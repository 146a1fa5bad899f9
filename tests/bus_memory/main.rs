//! The bus in memory: the suite that every backend must pass.
//!
//! Register no receiver here: `no_receivers` tests a program without any.

mod names;
mod no_receivers;
mod suite;
