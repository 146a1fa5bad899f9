//! The length that a stream is trimmed to: [`TrimLimit`].

use crate::bus::backends::redis::position::{Position, Stream};
use crate::bus::message::topic::Topic;

/// Warns while there is still time: when a group's backlog comes near to the length of the stream.
///
/// Only where the limit is known. Trimming by others cannot be distinguished from what our own retention removes, perhaps in another
/// process: both keep the stream at a length, and a group may well lag by nearly that.
pub(super) struct TrimLimit {
    entries: u64,
    was_near: bool,
}

impl TrimLimit {
    pub(super) fn new(entries: u64) -> Self {
        Self { entries, was_near: false }
    }

    /// Compares the backlog of a group with the limit, and warns each time that it comes near.
    pub(super) fn check(&mut self, topic: &Topic, stream: &Stream, position: &Position) {
        // The server's own count of unread entries ignores trimming.
        let unread = position.unread(stream).unwrap_or_default().min(stream.length);
        let backlog = unread.saturating_add(position.pending);
        let is_near = self.is_near(backlog);
        if is_near && !self.was_near {
            tracing::warn!(
                %topic,
                group = position.group,
                backlog,
                limit = self.entries,
                "the backlog of the group comes near to the length that the topic is trimmed to: it is about to lose events"
            );
        }
        self.was_near = is_near;
    }

    /// From four fifths on.
    fn is_near(&self, backlog: u64) -> bool {
        backlog.saturating_mul(5) >= self.entries.saturating_mul(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_near_from_four_fifths_on() {
        let limit = TrimLimit::new(10_000);
        assert!(!limit.is_near(7999) && limit.is_near(8000) && limit.is_near(u64::MAX));
        assert!(!TrimLimit::new(u64::MAX).is_near(1_000_000));
    }
}
