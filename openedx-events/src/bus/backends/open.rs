//! One address names the backend: [`open`].

use std::sync::Arc;

use super::memory::Memory;
use crate::bus::contract::Backend;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::settings::BusSettings;
use crate::bus::settings::text::{control, trimmed};

/// Opens the backend of an address:
///
/// | address | backend |
/// |---|---|
/// | `memory:`, `memory:NAME` | [`memory`](super::memory), shared within this process by all users of the name |
/// | `sqlite:PATH` | a file (feature `sqlite`) |
/// | `redis://…`, `rediss://…`, `unix://…` | Redis Streams (feature `redis`) |
///
/// Whitespace and control characters at its ends are ignored: an address that is read from a secret often ends in a line break.
///
/// ```
/// use openedx_events::bus::{self, Backend, Topic};
///
/// let backend = bus::open("memory:notes")?;
/// assert!(!backend.has_topic(&Topic::new("learning")?)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The address has none of these forms, or has a control character inside, or its feature is not enabled, or the backend
/// refuses it. No error shows a password.
pub fn open(address: &str) -> Result<Arc<dyn Backend>, BusError> {
    open_with(address, &BusSettings::default())
}

/// Like [`open`], with the settings that backends have: `EVENT_BUS_KEEP_DONE` for SQLite and Redis, and
/// `EVENT_BUS_REDIS_STREAM_MAX_LEN` for Redis. Other backends ignore them. Wires the receivers as
/// [`EVENT_RECEIVERS`](BusSettings::wiring) says, and the steps of filters as `OPEN_EDX_FILTERS_CONFIG` does.
///
/// # Errors
///
/// Those of [`open`], and of [`Wiring::apply`](crate::Wiring::apply).
pub fn open_with(address: &str, settings: &BusSettings) -> Result<Arc<dyn Backend>, BusError> {
    settings.wire()?;
    open_as(address, settings, Missing::Create)
}

/// Like [`open_with`], for those who only look: a bus in a file that does not exist is an error. [`open`] and [`open_with`] create it.
///
/// # Errors
///
/// Those of [`open`], and [`ErrorKind::Configuration`] if the file does not exist.
pub fn open_existing(address: &str, settings: &BusSettings) -> Result<Arc<dyn Backend>, BusError> {
    open_as(address, settings, Missing::Refuse)
}

/// What becomes of a file that does not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Create,
    Refuse,
}

#[cfg_attr(
    not(feature = "sqlite"),
    expect(
        unused_variables,
        reason = "the other backends have no files, and that in memory has no settings"
    )
)]
fn open_as(address: &str, settings: &BusSettings, missing: Missing) -> Result<Arc<dyn Backend>, BusError> {
    let address = trimmed(address);
    if let Some(what) = control(address) {
        let what = format!("this is not the address of a bus: {what}");
        return Err(BusError::new(ErrorKind::Configuration, what));
    }
    let (scheme, rest) = address.split_once(':').unwrap_or((address, ""));
    match scheme {
        "memory" => Ok(Arc::new(Memory::open(rest))),
        #[cfg(feature = "redis")]
        _ if super::redis::is_address(scheme) => {
            let options = super::redis::Options::new()
                .stream_max_len(settings.stream_max_len)
                .retention(settings.retention);
            if let Some(entries) = options.stream_max_len {
                tracing::warn!(
                    entries,
                    "topics are trimmed to about this number of entries, read or not: slow consumers lose events"
                );
            }
            Ok(Arc::new(super::redis::Redis::open_with(address, options)?))
        }
        #[cfg(feature = "sqlite")]
        "sqlite" => {
            let options = super::sqlite::Options::new();
            let retention = settings.retention.unwrap_or(options.retention);
            let options = options.retention(retention);
            let bus = match missing {
                Missing::Create => super::sqlite::Sqlite::open_with(rest, options)?,
                Missing::Refuse => super::sqlite::Sqlite::open_existing(rest, options)?,
            };
            Ok(Arc::new(bus))
        }
        _ => Err(BusError::new(ErrorKind::Configuration, why_unknown(scheme, address))),
    }
}

/// Why no backend in this build has the address.
fn why_unknown(scheme: &str, address: &str) -> String {
    let feature = match scheme {
        "redis" | "rediss" | "unix" => "redis",
        "sqlite" => "sqlite",
        _ => {
            return format!(
                "{} is not the address of a bus: give `memory:`, `sqlite:PATH`, `redis://…`, `rediss://…` or \
                 `unix://…`",
                shown(address)
            );
        }
    };
    format!("`{scheme}:…` needs the feature `{feature}` of openedx-events, which is off in this program")
}

/// The scheme of an unknown address. An address without one may begin with a password, of which nothing is shown.
fn shown(address: &str) -> String {
    let is_scheme = |scheme: &&str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|each| each.is_ascii_alphanumeric() || "+-.".contains(each))
    };
    match address.split_once(':').map(|(scheme, _)| scheme).filter(is_scheme) {
        Some(scheme) => format!("`{scheme}:…`"),
        None => "this text".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_feature_that_is_off() {
        let error = why_unknown("rediss", "rediss://user:s3cret@host");
        assert_eq!(
            error,
            "`rediss:…` needs the feature `redis` of openedx-events, which is off in this program"
        );
        assert!(why_unknown("sqlite", "sqlite:events.db").contains("the feature `sqlite`"));
    }

    #[test]
    fn an_unknown_address_is_shown_by_its_scheme_alone() {
        let error = |address| open(address).expect_err("unknown").to_string();
        let known = error("carrier-pigeon://user:s3cret@loft");
        assert!(known.starts_with("`carrier-pigeon:…` is not") && !known.contains("s3cret"), "{known}");
        for address in ["s3cret", "s3cret@host:6379", ":s3cret@host", "/s3cret:", ""] {
            let error = error(address);
            assert!(error.starts_with("this text is not"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
