//! One address names the backend: [`open`].

use std::sync::Arc;

use super::backend::Backend;
use super::error::{BusError, ErrorKind};
use super::memory;

/// The backend of an address:
///
/// | address | backend |
/// |---|---|
/// | `memory:`, `memory:NAME` | [`memory`], shared in this process by all who give the same name |
/// | `sqlite:PATH` | a file (feature `sqlite`) |
/// | `redis://…`, `rediss://…` | Redis Streams (feature `redis`) |
///
/// # Errors
///
/// An address of none of these forms, or of one whose feature is not on; and what the backend finds wrong with it. No
/// password of it is shown.
pub fn open(address: &str) -> Result<Arc<dyn Backend>, BusError> {
    let scheme = address.split(':').next().unwrap_or_default();
    match scheme {
        "memory" => Ok(memory::named(address.strip_prefix("memory:").unwrap_or_default())),
        #[cfg(feature = "redis")]
        "redis" | "rediss" => Ok(Arc::new(super::redis::Redis::open(address)?)),
        #[cfg(feature = "sqlite")]
        "sqlite" => {
            let path = address.strip_prefix("sqlite:").unwrap_or_default();
            Ok(Arc::new(super::sqlite::Sqlite::open(path)?))
        }
        _ => Err(BusError::new(
            ErrorKind::Configuration,
            format!(
                "`{}:…` is not the address of a bus: give `memory:`, `sqlite:PATH`, `redis://…` or `rediss://…`",
                scheme.escape_debug()
            ),
        )),
    }
}
