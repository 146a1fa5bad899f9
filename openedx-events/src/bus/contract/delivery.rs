//! Reading for a group: [`Subscription`], and what it yields, [`Batch`] and [`Delivery`].

use std::fmt;
use std::time::Duration;

use crate::bus::message::Message;
use crate::bus::message::topic::Topic;

/// What a consumer reads, and as whom.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subscription {
    /// The topic.
    pub topic: Topic,
    /// The group: each event goes to one consumer of it.
    pub group: String,
    /// The name of the consumer in its group. A process that restarts under the same name continues with its pending entries.
    pub consumer: String,
    /// Where a new group starts.
    pub start: StartAt,
    /// Others claim an entry that was not renewed for this time.
    pub claim_after: Duration,
}

impl Subscription {
    /// A subscription with the defaults: a new group starts at the earliest entry, and entries are claimed after a minute.
    pub fn new(topic: Topic, group: impl Into<String>, consumer: impl Into<String>) -> Self {
        Self {
            topic,
            group: group.into(),
            consumer: consumer.into(),
            start: StartAt::Earliest,
            claim_after: Duration::from_secs(60),
        }
    }

    /// Sets [`start`](Self::start).
    #[must_use]
    pub fn start(self, start: StartAt) -> Self {
        Self { start, ..self }
    }

    /// Sets [`claim_after`](Self::claim_after).
    #[must_use]
    pub fn claim_after(self, claim_after: Duration) -> Self {
        Self { claim_after, ..self }
    }
}

/// Where a new group starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartAt {
    /// At the first entry of the topic.
    #[default]
    Earliest,
    /// Behind the last entry: the group gets what is published from now on.
    Latest,
}

/// The result of one read.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// The entries, in order.
    pub deliveries: Vec<Delivery>,
    /// The number of entries that [`read`](super::Consumer::read) has claimed from other consumers, which have not renewed them.
    pub claimed: u64,
    /// Pending entries that were trimmed from the topic before they were acknowledged.
    pub trimmed: Vec<EntryId>,
    /// The number of entries that were trimmed before the group read them.
    pub missed: u64,
    /// The group had been deleted, and was created again at the first entry.
    pub is_group_new: bool,
}

/// An entry of a topic, delivered to a consumer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// The id of the entry.
    pub entry: EntryId,
    /// The message.
    pub message: Message,
    /// Whether it was delivered before, to this consumer or another, and not acknowledged.
    pub is_redelivered: bool,
}

impl Delivery {
    /// An entry that is delivered for the first time.
    pub fn new(entry: EntryId, message: Message) -> Self {
        Self { entry, message, is_redelivered: false }
    }

    /// Sets [`is_redelivered`](Self::is_redelivered).
    #[must_use]
    pub fn redelivered(self, is_redelivered: bool) -> Self {
        Self { is_redelivered, ..self }
    }
}

/// What became of a write for an entry. Only the consumer that has the entry may write for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the entry may be another consumer's"]
pub enum EntryWrite<T> {
    /// It was written.
    Done(T),
    /// Nothing was written: another consumer has claimed the entry, and may have done it.
    Claimed,
    /// Nothing was written: the group was deleted, and the entry is nobody's.
    NoGroup,
}

impl<T> EntryWrite<T> {
    /// The same with another value.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> EntryWrite<U> {
        match self {
            Self::Done(value) => EntryWrite::Done(map(value)),
            Self::Claimed => EntryWrite::Claimed,
            Self::NoGroup => EntryWrite::NoGroup,
        }
    }

    /// What was written, if anything was.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            Self::Claimed | Self::NoGroup => None,
        }
    }
}

/// The id of an entry in its topic. Each backend has its own format.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(Box<str>);

impl EntryId {
    /// The id with this text.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
