//! Where messages are kept: one module for each backend, which knows the contract and nothing of producing or consuming.

pub mod memory;
pub(super) mod open;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "redis", feature = "sqlite"))]
mod waiting_text;
