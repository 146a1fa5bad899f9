//! Failures of the server and of the connection, as a [`BusError`].

use ::redis::{ErrorKind as RedisKind, RedisError, ServerError};

use crate::bus::contract::error::{BusError, ErrorKind};

/// The code of an error reply, such as `NOGROUP`.
pub(super) const NO_GROUP: &str = "NOGROUP";
/// A blocked read whose stream was deleted.
pub(super) const UNBLOCKED: &str = "UNBLOCKED";
/// The user has no right to do this.
pub(super) const NO_PERMISSION: &str = "NOPERM";
/// The server does not have the script yet.
pub(super) const NO_SCRIPT: &str = "NOSCRIPT";
/// The group exists already.
pub(super) const BUSY_GROUP: &str = "BUSYGROUP";
/// The server has become a replica.
pub(super) const READ_ONLY: &str = "READONLY";

/// What the server says of a value that is larger than it takes: for an entry, and for an argument.
const TOO_LARGE: [&str; 2] = ["Elements are too large to be stored", "invalid bulk length"];

/// An error reply. `what` says what was tried.
pub(super) fn refused(what: &str, error: &ServerError) -> BusError {
    let (kind, remedy) = judge(error.code(), error.details().unwrap_or_default());
    let text = format!("{what}: {} {}{remedy}", error.code(), error.details().unwrap_or_default().trim_end());
    BusError::new(kind, text)
}

fn judge(code: &str, details: &str) -> (ErrorKind, &'static str) {
    match code {
        "LOADING" | "BUSY" | "TRYAGAIN" | "MASTERDOWN" | "NOREPLICAS" | "CLUSTERDOWN" | READ_ONLY => {
            (ErrorKind::Busy, "")
        }
        "OOM" => (ErrorKind::Busy, " (give the server more `maxmemory`, or trim streams)"),
        "MISCONF" => (ErrorKind::Busy, " (the server cannot write to its disk)"),
        NO_GROUP | UNBLOCKED => (ErrorKind::Busy, ""),
        "WRONGTYPE" => (ErrorKind::Refused, " (the key is not a stream; use another topic or prefix)"),
        "NOAUTH" => (ErrorKind::Refused, " (give the user and password in the address)"),
        "MOVED" | "ASK" | "CROSSSLOT" => (ErrorKind::Unsupported, " (Redis Cluster is not supported)"),
        "ERR" if details.starts_with("max number of clients") => (ErrorKind::Busy, ""),
        "ERR" if TOO_LARGE.iter().any(|text| details.contains(text)) => (ErrorKind::TooLarge, ""),
        _ => (ErrorKind::Refused, ""),
    }
}

/// A failure of the connection or of the client.
pub(super) fn lost(what: &str, error: RedisError) -> BusError {
    let kind = match error.kind() {
        RedisKind::Server(_) | RedisKind::Extension => {
            return match ServerError::try_from(error) {
                Ok(error) => refused(what, &error),
                Err(error) => BusError::new(ErrorKind::Refused, what).caused_by(error),
            };
        }
        RedisKind::AuthenticationFailed => ErrorKind::Refused,
        RedisKind::InvalidClientConfig => ErrorKind::Configuration,
        _ => ErrorKind::Unreachable,
    };
    if error.is_timeout() {
        return BusError::new(kind, format!("{what}: no answer in time"));
    }
    BusError::new(kind, what).caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::io;

    use super::*;

    #[test]
    fn a_lost_connection_keeps_its_cause() {
        let cause = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = lost("reading", cause.into());
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.source().is_some_and(<dyn Error>::is::<RedisError>));
    }

    #[test]
    fn what_may_work_later_is_transient() {
        for (code, is_transient) in [("LOADING", true), ("OOM", true), ("NOPERM", false), ("MOVED", false)] {
            assert_eq!(judge(code, "").0.is_transient(), is_transient, "{code}");
        }
        assert!(judge("ERR", "max number of clients reached").0.is_transient());
        assert!(!judge("ERR", "unknown command").0.is_transient());
        assert_eq!(judge("ERR", "Protocol error: invalid bulk length").0, ErrorKind::TooLarge);
    }
}
