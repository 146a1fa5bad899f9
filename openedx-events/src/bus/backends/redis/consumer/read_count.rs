//! How many entries a group has read, by the server's count: [`ReadCount`].

use ::redis::Value;

/// What the server was told of the group's count of read entries, and which missed entries were reported.
///
/// The count is all there is to see entries that were trimmed before the group read them, and a server that restarts may
/// lose it; see [`Position::missed`](crate::bus::backends::redis::position::Position::missed).
pub(super) struct ReadCount {
    /// The last count that was stored to outlive a restart.
    stored: Stored,
    /// Missed entries that were reported, and that the server still counts as missed.
    reported: u64,
    /// Whether the count is gone, which is logged once.
    is_unknown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    Nothing,
    Count(u64),
    /// The user has no right to.
    Refused,
}

/// What the server says to a new count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Done,
    /// Somebody has read or settled it in the meantime.
    Outdated,
    /// The user has no right to.
    Refused,
}

impl From<&Value> for Settled {
    fn from(reply: &Value) -> Self {
        match reply {
            Value::Int(1) => Self::Done,
            Value::Int(_) => Self::Outdated,
            _ => Self::Refused,
        }
    }
}

impl ReadCount {
    pub(super) fn new() -> Self {
        Self { stored: Stored::Nothing, reported: 0, is_unknown: false }
    }

    /// A new group has missed nothing.
    pub(super) fn reset(&mut self) {
        self.reported = 0;
    }

    /// Notes whether the server knows the count. Returns whether that has changed.
    pub(super) fn note(&mut self, read: Option<u64>) -> bool {
        std::mem::replace(&mut self.is_unknown, read.is_none()) != read.is_none()
    }

    /// How many of the missed entries are to be reported, after the server was told to count them as read.
    ///
    /// Without the right to, the server goes on counting them as missed: those that were reported are remembered here.
    pub(super) fn missed(&mut self, missed: u64, settled: Settled) -> u64 {
        match settled {
            Settled::Done => missed.saturating_sub(std::mem::take(&mut self.reported)),
            // What is still missing is seen the next time.
            Settled::Outdated => 0,
            Settled::Refused => missed.saturating_sub(std::mem::replace(&mut self.reported, missed)),
        }
    }

    /// The count to store on the server, if it has to be: Redis 7.0 does not store it by itself. When it restarts it would
    /// count too few, and what was removed from the stream would seem to be missed.
    pub(super) fn to_store(&self, read: Option<u64>, removed: u64) -> Option<u64> {
        let is_new = |read: &u64| match self.stored {
            Stored::Nothing => true,
            Stored::Count(stored) => stored != *read,
            Stored::Refused => false,
        };
        read.filter(|read| removed > 0 && is_new(read))
    }

    pub(super) fn stored(&mut self, read: u64, settled: Settled) {
        match settled {
            Settled::Done => self.stored = Stored::Count(read),
            Settled::Outdated => {}
            Settled::Refused => self.stored = Stored::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_entries_are_reported_once_whether_or_not_the_server_counts_them_as_read() {
        let mut count = ReadCount::new();
        assert_eq!(count.missed(3, Settled::Done), 3);
        assert_eq!(count.missed(2, Settled::Outdated), 0);
        assert_eq!(count.missed(2, Settled::Refused), 2);
        assert_eq!(count.missed(2, Settled::Refused), 0, "reported already");
        assert_eq!(count.missed(5, Settled::Refused), 3);
        assert_eq!(count.missed(6, Settled::Done), 1, "the user has got the right");
        assert_eq!(count.missed(6, Settled::Done), 6);
        count.missed(4, Settled::Refused);
        count.reset();
        assert_eq!(count.missed(4, Settled::Refused), 4, "another group");
    }

    #[test]
    fn a_count_is_stored_when_it_is_new_and_something_was_removed() {
        let mut count = ReadCount::new();
        assert_eq!(count.to_store(Some(7), 0), None);
        assert_eq!(count.to_store(None, 1), None);
        assert_eq!(count.to_store(Some(7), 1), Some(7));
        count.stored(7, Settled::Outdated);
        assert_eq!(count.to_store(Some(7), 1), Some(7));
        count.stored(7, Settled::Done);
        assert_eq!(count.to_store(Some(7), 1), None);
        assert_eq!(count.to_store(Some(8), 1), Some(8));
        count.stored(8, Settled::Refused);
        assert_eq!(count.to_store(Some(9), 1), None);
    }

    #[test]
    fn it_is_noted_once_that_the_count_is_unknown() {
        let mut count = ReadCount::new();
        let changes = [Some(1), None, None, Some(2)].map(|read| count.note(read));
        assert_eq!(changes, [false, true, false, true]);
    }
}
