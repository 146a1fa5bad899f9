//! What a backend of the bus does: [`Backend`], [`Producer`] and [`Consumer`].
//!
//! Backends are thin: they store, hand out, remember and forget. Decoding, calling receivers, trying again and giving up
//! are the business of the one loop that uses them.

pub(super) mod error;

use std::fmt;
use std::time::Duration;

use super::message::Message;
use super::message::dead_letter::DeadLetter;
use super::message::topic::Topic;
use crate::avro::Fingerprint;
use error::BusError;

/// A place that keeps the messages of topics, and hands them to groups of consumers.
///
/// May be shared between threads. What it gives keeps it alive.
pub trait Backend: Send + Sync + fmt::Debug {
    /// What it promises.
    fn promises(&self) -> Promises;

    /// Something that publishes. Several may be used at once.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn producer(&self) -> Result<Box<dyn Producer>, BusError>;

    /// Something that reads for a group. The group is made if there is none; one that is there keeps its place.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses; another live process consumes under the same name, if the backend can tell.
    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError>;

    /// Whether there is such a topic: somebody has published to it, or made a group of it.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError>;

    /// The groups of a topic, by name. None if there is no such topic.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError>;

    /// Makes a group. `false` if there was one already, whose place is left alone.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError>;

    /// Takes a group away with all that it has not done. `false` if there was none.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError>;

    /// Moves a group behind the last entry: what nobody of it has read is passed over, for good. `false` if there is no such
    /// group.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError>;

    /// Keeps the schemas that messages of a topic are written with, for readers that do not know them. Those that are kept
    /// already stay.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError>;

    /// The schema of a topic's messages with this fingerprint, as JSON, if it was [stored](Self::store_schemas).
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError>;

    /// Messages of a topic from behind an entry, or from the first, without a group and without consequences. At most
    /// `max`; none if there are no more.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError>;
}

/// Publishes messages. Used by one thread at a time.
pub trait Producer: Send {
    /// Stores messages at the end of a topic, in their order. Blocks until the backend has them, as durable as it
    /// [promises](Promises::durable), or until it fails.
    ///
    /// Dropping the producer closes it. It has nothing left to do then.
    ///
    /// # Errors
    ///
    /// Not all are stored, or it is not known: see [`PublishError`]. After an error the producer can be used again, and
    /// connects again by itself.
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError>;
}

/// Messages that were not published, or may not have been.
#[derive(Debug)]
#[non_exhaustive]
pub struct PublishError {
    /// How many of the first messages are stored for sure.
    pub stored: usize,
    /// Whether those after them may be stored as well: publishing them again may store them twice.
    pub is_unknown: bool,
    /// What went wrong.
    pub error: BusError,
}

impl PublishError {
    /// Of messages of which the first `stored` are stored for sure. The others may be, if the bus was lost sight of.
    pub fn new(stored: usize, error: BusError) -> Self {
        Self { stored, is_unknown: matches!(error.kind(), super::ErrorKind::Unreachable), error }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = if self.is_unknown { "it is not known of the others" } else { "the others are not" };
        write!(f, "{} messages are published, {rest}: {}", self.stored, self.error)
    }
}

impl std::error::Error for PublishError {}

/// Reads messages for a group, and is told what became of them. May be used by several threads at once: one reads while
/// others acknowledge.
///
/// An entry that was read is this consumer's until it is acknowledged, released or dead, or until the consumer has not
/// [kept](Self::renew) it for the subscription's [`claim_after`](Subscription::claim_after). Dropping the consumer closes it:
/// what it has not done is then for the others of the group, at once if it was released, else when it has been idle.
pub trait Consumer: Send + Sync {
    /// The next entries, in order. Waits at most `wait` for the first one, and then takes what is there, at most `max`.
    /// What was given to this consumer before and not acknowledged comes first, after a restart under the same name.
    ///
    /// Entries of `done` are acknowledged on the way, before anything is read.
    ///
    /// # Errors
    ///
    /// Nothing is read. Entries of `done` may or may not be acknowledged; doing so again does no harm.
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError>;

    /// Ends a [`read`](Self::read) that waits, or else the next one, early.
    fn wake(&self);

    /// Tells that entries are done. Doing so again, or of one that has been handed to another, does no harm.
    ///
    /// # Errors
    ///
    /// Some may not be acknowledged; do it again.
    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError>;

    /// Puts the letter's [message](DeadLetter::message) among the dead letters of the topic and acknowledges the entry: both
    /// or neither. Gives how many dead letters the topic has then, of all groups, by all processes; `None` if that cannot be
    /// told at little cost, or if there is no new one, since the entry is another consumer's by now.
    ///
    /// # Errors
    ///
    /// Neither is done, or it is not known; do it again. A letter may then stand there twice.
    fn dead_letter(&self, delivery: &Delivery, letter: &DeadLetter) -> Result<Option<u64>, BusError>;

    /// Keeps entries from being taken over by others. Gives those that others have already.
    ///
    /// # Errors
    ///
    /// Some may not be kept; do it again before they have been idle for too long.
    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError>;

    /// Takes over entries that their consumers have left idle, at most `max`. Backends whose [`read`](Self::read) does so
    /// give none. Called by the thread that reads, in between, so that the entries of a key keep their order.
    ///
    /// # Errors
    ///
    /// None is taken, or it is not known: those that were come back when they have been idle again.
    fn claim(&self, max: usize) -> Result<Batch, BusError>;

    /// Hands entries back that are not begun, so that others of the group can have them at once.
    ///
    /// # Errors
    ///
    /// Some may not be; others have them when they have been idle.
    fn release(&self, entries: &[EntryId]) -> Result<(), BusError>;

    /// Marks durably that an entry is about to be handled, and gives how often it was, this time included. For entries that
    /// come [again](Delivery::is_redelivered), to find the one that kills its process.
    ///
    /// # Errors
    ///
    /// It is not marked, and must not be begun.
    fn count_attempt(&self, entry: &EntryId) -> Result<u32, BusError>;

    /// Which of these texts were [recorded](Self::mark_processed) in this group.
    ///
    /// # Errors
    ///
    /// It is not known.
    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError>;

    /// Remembers a text in this group, for at least seven days: what a receiver has done, by its path and the event's id.
    ///
    /// # Errors
    ///
    /// It may not be remembered.
    fn mark_processed(&self, text: &str) -> Result<(), BusError>;
}

/// What a consumer reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subscription {
    /// The topic.
    pub topic: Topic,
    /// The group: each event goes to one consumer of it.
    pub group: String,
    /// The consumer, one of the group. A process that is started again under the same name goes on with what it had.
    pub consumer: String,
    /// Where a new group starts.
    pub start: StartAt,
    /// After this time without a sign of life, others take an entry over.
    pub claim_after: Duration,
}

impl Subscription {
    /// A subscription with the defaults: from the earliest entry, claims of a minute.
    pub fn new(topic: Topic, group: impl Into<String>, consumer: impl Into<String>) -> Self {
        Self {
            topic,
            group: group.into(),
            consumer: consumer.into(),
            start: StartAt::Earliest,
            claim_after: Duration::from_secs(60),
        }
    }
}

/// Where a new group starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartAt {
    /// At the first entry that there is.
    #[default]
    Earliest,
    /// Behind the last one.
    Latest,
}

/// What was read.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// The entries, in order.
    pub deliveries: Vec<Delivery>,
    /// Entries that are gone, though they were not done: trimmed by somebody while they were pending.
    pub trimmed: Vec<EntryId>,
    /// How many entries were gone before anyone of the group read them.
    pub missed: u64,
    /// The group was gone and has been made again, from the first entry on.
    pub is_group_new: bool,
}

/// An entry of a topic, handed to a consumer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// What names it.
    pub entry: EntryId,
    /// What it holds.
    pub message: Message,
    /// Whether it was handed out before, to this consumer or another, which has not finished it.
    pub is_redelivered: bool,
}

impl Delivery {
    /// An entry that is handed out for the first time.
    pub fn new(entry: EntryId, message: Message) -> Self {
        Self { entry, message, is_redelivered: false }
    }

    /// The entry, handed out before or not.
    #[must_use]
    pub fn redelivered(self, is_redelivered: bool) -> Self {
        Self { is_redelivered, ..self }
    }
}

/// What names an entry in its topic; a text of the backend's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(Box<str>);

impl EntryId {
    /// The id with this text.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// Its text.
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

/// A group of consumers of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// Its name.
    pub name: String,
    /// How many entries nobody of it has read; `None` if the backend cannot tell.
    pub lag: Option<u64>,
    /// How many entries were read and are not done.
    pub pending: u64,
    /// The consumers that have read, by name.
    pub consumers: Vec<String>,
    /// For how long entries have waited while nobody of it has done anything; `None` if none waits, or if the backend cannot
    /// tell.
    pub idle: Option<Duration>,
}

impl GroupInfo {
    /// A group of this name.
    pub fn new(name: impl Into<String>, lag: Option<u64>, pending: u64, consumers: Vec<String>) -> Self {
        Self { name: name.into(), lag, pending, consumers, idle: None }
    }

    /// The group, [idle](Self::idle) for so long.
    #[must_use]
    pub fn idle_for(self, idle: Option<Duration>) -> Self {
        Self { idle, ..self }
    }
}

/// What a backend promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promises {
    /// What is published outlives the process.
    pub durable: bool,
    /// Other processes see it.
    pub shared: bool,
    /// How far the order of a key goes.
    pub order: KeyOrder,
}

impl Promises {
    /// These promises.
    pub fn new(durable: bool, shared: bool, order: KeyOrder) -> Self {
        Self { durable, shared, order }
    }
}

/// How far the order of a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOrder {
    /// Inside one consumer: several of a group may do the events of one key in any order.
    Consumer,
    /// In the whole group, however many consumers it has.
    Group,
}
