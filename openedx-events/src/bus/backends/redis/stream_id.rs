//! Ids of entries: [`StreamId`].

use std::fmt;
use std::str;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::bus::contract::EntryId;
use crate::bus::contract::error::{BusError, ErrorKind};

/// Two numbers, as in `1700000000000-0`: the server's time in milliseconds, and a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct StreamId(u64, u64);

impl StreamId {
    /// Before every entry.
    pub(super) const ZERO: Self = Self(0, 0);

    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (time, count) = str::from_utf8(text).ok()?.split_once('-')?;
        Some(Self(time.parse().ok()?, count.parse().ok()?))
    }

    /// The id of an entry, which comes from the server.
    pub(super) fn of(entry: &EntryId) -> Result<Self, BusError> {
        Self::parse(entry.as_str().as_bytes()).ok_or_else(|| {
            BusError::new(ErrorKind::Configuration, format!("`{entry}` is not an entry of a Redis stream"))
        })
    }

    /// The id before this one; `None` before the first one that there can be.
    pub(super) fn before(self) -> Option<Self> {
        match self {
            Self(0, 0) => None,
            Self(time, 0) => Some(Self(time - 1, u64::MAX)),
            Self(time, count) => Some(Self(time, count - 1)),
        }
    }

    /// The first id of a time. Of a part of a millisecond, that of the next one.
    pub(super) fn first_at(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX), 0)
    }

    /// When the entry was stored, by the server's clock. `None` if the id was not made of a time.
    pub(super) fn time(self) -> Option<SystemTime> {
        // Streams are younger than this.
        (self.0 > 1_500_000_000_000).then(|| UNIX_EPOCH.checked_add(Duration::from_millis(self.0)))?
    }

    pub(super) fn all(entries: &[EntryId]) -> Result<Vec<Self>, BusError> {
        entries.iter().map(Self::of).collect()
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

impl From<StreamId> for EntryId {
    fn from(id: StreamId) -> Self {
        Self::new(id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_two_numbers_in_order() {
        let id = |text: &str| StreamId::parse(text.as_bytes());
        assert!(id("9-10") < id("10-2") && id("10-2") < id("10-11"));
        assert_eq!(id("1700000000000-3").map(|id| id.to_string()).as_deref(), Some("1700000000000-3"));
        assert_eq!(id("5-7").and_then(StreamId::before), id("5-6"));
        assert_eq!(id("5-0").and_then(StreamId::before), id("4-18446744073709551615"));
        assert_eq!(StreamId::ZERO.before(), None);
        let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        assert_eq!(StreamId::first_at(time).time(), Some(time));
        assert_eq!(StreamId::first_at(time + Duration::from_nanos(1)), StreamId(1_700_000_000_124, 0));
        assert_eq!(id("5-1").and_then(StreamId::time), None, "not a time");
        for text in ["", "1", "-1", "a-1", "1-", "1-99999999999999999999"] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}
