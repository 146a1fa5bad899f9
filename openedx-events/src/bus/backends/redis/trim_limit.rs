//! The length that a stream is cut to: [`Limit`].

use super::position::{Position, Stream};
use crate::bus::message::topic::Topic;

/// Warns while there is still time: when what a group has not done comes near to what the stream may hold.
///
/// Only where the limit is known. That a stream is cut by others cannot be told from what we remove of it ourselves, perhaps
/// with another process: both keep it at a length, and a group may well lag by most of that.
pub(super) struct Limit {
    entries: u64,
    is_near: bool,
}

impl Limit {
    pub(super) fn new(entries: u64) -> Self {
        Self { entries, is_near: false }
    }

    pub(super) fn look(&mut self, topic: &Topic, stream: &Stream, position: &Position) {
        // The server's own count of the unread never hears of trimming.
        let unread = position.unread(stream).unwrap_or_default().min(stream.length);
        let undone = unread.saturating_add(position.pending);
        let is_near = self.is_reached_by(undone);
        if is_near && !self.is_near {
            tracing::warn!(
                %topic,
                group = position.group,
                undone,
                limit = self.entries,
                "what the group has not done comes near to what the topic is trimmed to: soon it loses events"
            );
        }
        self.is_near = is_near;
    }

    /// Four fifths of it.
    fn is_reached_by(&self, undone: u64) -> bool {
        undone.saturating_mul(5) >= self.entries.saturating_mul(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_near_from_four_fifths_on() {
        let limit = Limit::new(10_000);
        assert!(!limit.is_reached_by(7999) && limit.is_reached_by(8000) && limit.is_reached_by(u64::MAX));
        assert!(!Limit::new(u64::MAX).is_reached_by(1_000_000));
    }
}
