//! Looking at topics and groups, and repairing them: [`Admin`].

use std::time::{Duration, SystemTime};

use super::delivery::{Delivery, EntryId};
use super::error::BusError;
use super::finding::Finding;
use crate::bus::message::topic::Topic;

/// What operators need of a backend besides [`Backend`](super::Backend). Consumers may run meanwhile.
///
/// Every call but [`seek`](Self::seek) and [`remove`](Self::remove) changes nothing, and creates nothing: no topic and no group. A
/// topic or a group that does not exist is empty. What a backend cannot tell is `None`.
///
/// ```
/// use openedx_events::bus::memory::Memory;
/// use openedx_events::bus::{Admin, Backend, Header, Message, Position, Seek, StartAt, Topic};
///
/// let (bus, topic) = (Memory::new(), Topic::new("notes")?);
/// let message = Message { headers: vec![Header::new("type", "org.example.note.v1")], payload: None };
/// bus.producer()?.publish(&topic, &[message.clone(), message])?;
/// bus.create_group(&topic, "search", StartAt::Latest)?;
///
/// let second = bus.browse(&topic, None, 2)?[1].entry.clone();
/// let before_second = bus.position(&topic, &Position::At(second))?;
/// assert_eq!(bus.count(&topic, before_second.as_ref())?, 1);
/// assert_eq!(bus.seek(&topic, "search", before_second.as_ref())?, Seek::Moved);
/// assert_eq!(bus.groups(&topic)?[0].lag, Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Admin: Send + Sync {
    /// The topics of the bus, sorted by name, with those that only have dead letters. The topics of dead letters are not among
    /// them: see [`TopicInfo::dead_letters`].
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn topics(&self) -> Result<Vec<TopicInfo>, BusError>;

    /// The entry that precedes a position: [`browse`](super::Backend::browse), [`count`](Self::count) and [`seek`](Self::seek)
    /// continue behind it. `None` is the beginning of the topic. It need not be the id of an entry that exists.
    ///
    /// # Errors
    ///
    /// The id is not one of this backend ([`Configuration`](super::ErrorKind::Configuration)). The bus cannot be reached or
    /// refuses.
    fn position(&self, topic: &Topic, position: &Position) -> Result<Option<EntryId>, BusError>;

    /// The number of entries of a topic behind `after`, or of all.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn count(&self, topic: &Topic, after: Option<&EntryId>) -> Result<u64, BusError>;

    /// The entries with these ids. `None` stands for one that does not exist, or does no longer.
    ///
    /// # Errors
    ///
    /// An id is not one of this backend ([`Configuration`](super::ErrorKind::Configuration)). The bus cannot be reached or
    /// refuses.
    fn entries(&self, topic: &Topic, ids: &[EntryId]) -> Result<Vec<Option<Delivery>>, BusError>;

    /// The entries that consumers of a group have read and not acknowledged, sorted by their ids, behind `after` or from the
    /// first one. At most `max`, and none at the end.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn pending(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<PendingEntry>, BusError>;

    /// Moves a group, so that it reads what follows the entry `after` next, or the whole topic. What it has acknowledged behind
    /// that is delivered again. Of its pending entries, those up to `after` stay pending; the others are read again as new ones.
    /// Parked events stay parked, and receivers with dedup still skip what they have processed.
    ///
    /// Nothing is changed while a consumer of the group is running, as far as the backend can tell: it has entries in flight.
    /// Consumers of other programs, such as Python's, are not seen.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn seek(&self, topic: &Topic, group: &str, after: Option<&EntryId>) -> Result<Seek, BusError>;

    /// Removes entries from a topic, such as dead letters that are dealt with. Returns how many of them existed. A group that has
    /// not read an entry may count it as trimmed.
    ///
    /// # Errors
    ///
    /// Some may not be removed, or it is unknown; call it again.
    fn remove(&self, topic: &Topic, entries: &[EntryId]) -> Result<u64, BusError>;

    /// Inspects the bus and these topics: what it runs on, how durable it is, and whether this user may do what consumers and
    /// producers do.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses everything.
    fn inspect(&self, topics: &[Topic]) -> Result<Vec<Finding>, BusError>;
}

/// A topic, for [`Admin::topics`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicInfo {
    /// The topic.
    pub topic: Topic,
    /// The number of its entries.
    pub length: u64,
    /// When its first entry was stored, by the clock of the bus. `None` if it is empty, or if the backend cannot tell.
    pub oldest: Option<SystemTime>,
    /// When its last entry was stored, by the clock of the bus. `None` if it is empty, or if the backend cannot tell.
    pub newest: Option<SystemTime>,
    /// The number of its dead letters; `None` if the backend cannot tell.
    pub dead_letters: Option<u64>,
}

impl TopicInfo {
    /// A topic with this number of entries, of whose ages and dead letters nothing is known.
    pub fn new(topic: Topic, length: u64) -> Self {
        Self { topic, length, oldest: None, newest: None, dead_letters: None }
    }

    /// Sets [`oldest`](Self::oldest) and [`newest`](Self::newest).
    #[must_use]
    pub fn stored(self, oldest: Option<SystemTime>, newest: Option<SystemTime>) -> Self {
        Self { oldest, newest, ..self }
    }

    /// Sets [`dead_letters`](Self::dead_letters).
    #[must_use]
    pub fn dead_letters(self, dead_letters: Option<u64>) -> Self {
        Self { dead_letters, ..self }
    }
}

/// A place in a topic, for [`Admin::position`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// Before the first entry.
    First,
    /// Behind the last entry.
    End,
    /// Before the first entry that was stored at this time or later, by the clock of the bus.
    Time(SystemTime),
    /// Before the entry with this id.
    At(EntryId),
}

/// An entry that a consumer has read and not acknowledged, for [`Admin::pending`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingEntry {
    /// The id of the entry.
    pub entry: EntryId,
    /// The name of the consumer that has it.
    pub consumer: String,
    /// The time since its last delivery or heartbeat; `None` if it was released, or if the backend cannot tell.
    pub idle: Option<Duration>,
    /// How often it was delivered; `None` if the backend does not count.
    pub deliveries: Option<u64>,
}

impl PendingEntry {
    /// An entry of this consumer, of which no more is known.
    pub fn new(entry: EntryId, consumer: impl Into<String>) -> Self {
        Self { entry, consumer: consumer.into(), idle: None, deliveries: None }
    }

    /// Sets [`idle`](Self::idle).
    #[must_use]
    pub fn idle_for(self, idle: Option<Duration>) -> Self {
        Self { idle, ..self }
    }

    /// Sets [`deliveries`](Self::deliveries).
    #[must_use]
    pub fn delivered(self, deliveries: Option<u64>) -> Self {
        Self { deliveries, ..self }
    }
}

/// What became of [`Admin::seek`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the group may not have been moved"]
pub enum Seek {
    /// The group was moved.
    Moved,
    /// There is no such group.
    NoGroup,
    /// Nothing was changed: these consumers of the group are running.
    InUse(Vec<String>),
}
