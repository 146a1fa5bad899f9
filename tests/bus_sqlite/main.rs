//! The bus in a file: what every backend must do, and what is special to it.

#[path = "../bus_faults/deaths.rs"]
mod deaths;
mod dying;
mod sqlite;
mod suite;
