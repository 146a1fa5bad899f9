//! How far a group has come in its stream: [`Position`].

use super::reply;
use super::reply::Fields;
use super::stream_id::StreamId;
use crate::bus::contract::error::BusError;

/// What the server knows of a stream.
pub(super) struct Stream {
    pub(super) first: Option<StreamId>,
    pub(super) last: StreamId,
    pub(super) length: u64,
    /// How many entries it has ever had.
    pub(super) added: u64,
}

impl Stream {
    /// `None` if the stream does not exist.
    pub(super) fn of(what: &str, reply: ::redis::Value) -> Result<Option<Self>, BusError> {
        if is_missing(&reply) {
            return Ok(None);
        }
        let mut fields = Fields::of(reply::checked(what, reply)?);
        let first = fields.take("first-entry").map(|entry| reply::list(entry).into_iter().take(1).collect());
        let first = first.and_then(|id: Vec<_>| reply::ids(::redis::Value::Array(id)).first().copied());
        Ok(Some(Self {
            first,
            last: fields.id("last-generated-id").unwrap_or(StreamId::ZERO),
            length: fields.count("length").unwrap_or_default(),
            added: fields.count("entries-added").unwrap_or_default(),
        }))
    }

    /// How many of its entries were removed, usually by trimming.
    pub(super) fn removed(&self) -> u64 {
        self.added.saturating_sub(self.length)
    }
}

/// Whether a reply says that the stream does not exist.
pub(super) fn is_missing(reply: &::redis::Value) -> bool {
    match reply {
        ::redis::Value::ServerError(error) => {
            error.code() == "ERR" && error.details().is_some_and(|details| details.contains("no such key"))
        }
        _ => false,
    }
}

/// What the server knows of a group.
pub(super) struct Position {
    pub(super) group: String,
    pub(super) delivered: StreamId,
    /// How many entries it has read, if the server knows.
    pub(super) read: Option<u64>,
    /// How many it has not, by the server's count, which ignores trimming.
    pub(super) lag: Option<u64>,
    pub(super) pending: u64,
}

impl Position {
    /// Of all groups of a stream.
    pub(super) fn all(what: &str, reply: ::redis::Value) -> Result<Vec<Self>, BusError> {
        if is_missing(&reply) {
            return Ok(Vec::new());
        }
        let groups = reply::list(reply::checked(what, reply)?);
        Ok(groups.into_iter().filter_map(|group| Self::of(Fields::of(group))).collect())
    }

    fn of(mut fields: Fields) -> Option<Self> {
        Some(Self {
            group: fields.text("name")?,
            delivered: fields.id("last-delivered-id").unwrap_or(StreamId::ZERO),
            read: fields.count("entries-read"),
            lag: fields.count("lag"),
            pending: fields.count("pending").unwrap_or_default(),
        })
    }

    /// How many entries the group should have read to stand where it does. Known at two places only: behind the last entry
    /// and before the first one.
    fn should_have_read(&self, stream: &Stream) -> Option<u64> {
        if self.delivered >= stream.last {
            return Some(stream.added);
        }
        let is_before_first = stream.first.is_none_or(|first| first > self.delivered);
        is_before_first.then(|| stream.removed())
    }

    /// How many entries were removed before the group read them, with the number that it should have read.
    ///
    /// Not more than were removed at all: Redis 7.0 stores and replicates how far a group has read, but not how many
    /// entries that were, so that a server which has restarted or was promoted counts too few.
    pub(super) fn missed(&self, stream: &Stream) -> Option<(u64, u64)> {
        let (should, read) = (self.should_have_read(stream)?, self.read?);
        (should > read).then(|| ((should - read).min(stream.removed()), should))
    }

    /// How many entries of the stream the group has not read.
    pub(super) fn unread(&self, stream: &Stream) -> Option<u64> {
        match self.should_have_read(stream) {
            Some(read) if self.read.is_some() => Some(stream.added.saturating_sub(read)),
            _ => self.lag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(first: &str, last: &str, length: u64, added: u64) -> Stream {
        let id = |text: &str| StreamId::parse(text.as_bytes());
        Stream { first: id(first), last: id(last).unwrap_or(StreamId::ZERO), length, added }
    }

    fn position(delivered: &str, read: Option<u64>) -> Position {
        let delivered = StreamId::parse(delivered.as_bytes()).unwrap_or(StreamId::ZERO);
        Position { group: "g".to_owned(), delivered, read, lag: Some(77), pending: 0 }
    }

    #[test]
    fn entries_that_nobody_read_are_counted_before_the_first_and_behind_the_last() {
        // Ten were added, three were read, the first six are gone.
        let trimmed = stream("7-0", "10-0", 4, 10);
        assert_eq!(position("3-0", Some(3)).missed(&trimmed), Some((3, 6)));
        assert_eq!(position("3-0", Some(3)).unread(&trimmed), Some(4));
        // In between it is not known; at the end it is.
        assert_eq!(position("8-0", Some(5)).missed(&trimmed), None);
        assert_eq!(position("8-0", Some(5)).unread(&trimmed), Some(77));
        assert_eq!(position("10-0", Some(7)).missed(&trimmed), Some((3, 10)));
        assert_eq!(position("10-0", Some(10)).missed(&trimmed), None);
        // Nothing is gone: the server has lost count.
        assert_eq!(position("10-0", Some(0)).missed(&stream("1-0", "10-0", 10, 10)), Some((0, 10)));
        // Everything is gone.
        assert_eq!(position("3-0", Some(3)).missed(&stream("", "10-0", 0, 10)), Some((7, 10)));
        // Somebody moved the cursor.
        assert_eq!(position("3-0", None).missed(&trimmed), None);
    }
}
