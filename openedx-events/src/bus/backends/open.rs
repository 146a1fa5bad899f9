//! One address names the backend: [`open`].

use std::sync::Arc;

use super::memory;
use crate::bus::contract::Backend;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::settings::BusSettings;

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
    open_with(address, &BusSettings::default())
}

/// [`open`] with what the settings say of the backend: `EVENT_BUS_KEEP_DONE`, which the one in memory passes over, and
/// `EVENT_BUS_REDIS_STREAM_MAX_LEN`, which other backends than Redis pass over.
///
/// # Errors
///
/// Those of [`open`].
#[cfg_attr(
    not(any(feature = "redis", feature = "sqlite")),
    expect(unused_variables, reason = "nothing is said of the other backends")
)]
pub fn open_with(address: &str, settings: &BusSettings) -> Result<Arc<dyn Backend>, BusError> {
    // Without a colon all of it may be a secret, and is not shown.
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "memory" => Ok(memory::named(address.strip_prefix("memory:").unwrap_or_default())),
        #[cfg(feature = "redis")]
        "redis" | "rediss" => {
            let options = super::redis::Options {
                stream_max_len: settings.stream_max_len,
                retention: settings.retention,
                ..super::redis::Options::default()
            };
            if let Some(entries) = options.stream_max_len {
                tracing::warn!(
                    entries,
                    "topics are trimmed to about so many entries, read or not: what is slow loses events"
                );
            }
            Ok(Arc::new(super::redis::Redis::with_options(address, options)?))
        }
        #[cfg(feature = "sqlite")]
        "sqlite" => {
            let path = address.strip_prefix("sqlite:").unwrap_or_default();
            let default = super::sqlite::Retention::default();
            let retention = settings.retention.unwrap_or(default.retention);
            let retention = super::sqlite::Retention { retention, ..default };
            Ok(Arc::new(super::sqlite::Sqlite::open_with(path, retention)?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_address_is_not_shown() {
        for address in ["hunter2", "hunter2@localhost", "http://user:hunter2@localhost"] {
            let error = open(address).expect_err("it is not the address of a bus");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
