//! The bus in a file: what every backend must do, and what is special to it.

mod no_receivers;
mod sqlite;
mod suite;
