//! Ids of entries: [`StreamId`].

use std::fmt;
use std::str;

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
        for text in ["", "1", "-1", "a-1", "1-", "1-99999999999999999999"] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}
