//! The event bus.

mod sqlite;
