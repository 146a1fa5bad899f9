//! What a backend of the bus does: [`Backend`], [`Producer`] and [`Consumer`].
//!
//! Backends are thin: they store messages, hand them out, and remember which are acknowledged. Decoding, calling receivers,
//! retries and dead letters belong to the consume loop, which is the same for all backends.

mod admin;
mod delivery;
pub(super) mod error;
mod finding;
mod group;
mod parked;
mod parked_events;

use std::fmt;
use std::time::{Duration, Instant};

pub use admin::{Admin, PendingEntry, Position, Seek, TopicInfo};
pub use delivery::{Batch, Delivery, EntryId, EntryWrite, StartAt, Subscription};
pub use error::{BusError, ErrorKind, PublishError};
pub use finding::{Finding, FindingLevel};
pub use group::GroupInfo;
pub use parked::{ParkedChange, ParkedEvent, ParkedId, ParkedStart, ParkedStore, Parking, Waiting};
pub use parked_events::{ParkedEvents, ParkedPlace, ParkedWrite};

use super::message::Message;
use super::message::dead_letter::DeadLetter;
use super::message::topic::Topic;
use crate::avro::Fingerprint;

/// A store that keeps the messages of topics and hands them to groups of consumers.
///
/// Can be shared between threads. The producers and consumers that it returns keep it alive.
///
/// Authors of backends run the tests of [`bus::suite`](crate::bus_suite) (feature `bus-suite`) on theirs.
pub trait Backend: Send + Sync + fmt::Debug {
    /// What the backend promises.
    fn promises(&self) -> Promises;

    /// Where the bus is, for logs, without a password: `redis://10.0.0.7:6379`. Default: its `Debug`.
    fn address(&self) -> String {
        format!("{self:?}")
    }

    /// The name of the messaging system, for traces and metrics: `redis`. OpenTelemetry calls it `messaging.system`. Default:
    /// `other`.
    fn system(&self) -> &'static str {
        "other"
    }

    /// Returns a producer. Several can be used at the same time.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn producer(&self) -> Result<Box<dyn Producer>, BusError>;

    /// Returns a consumer for one group. Creates the group if it does not exist; an existing one keeps its position.
    ///
    /// A [name](Subscription::consumer) belongs to one consumer of the group and the topic at a time. It is free again
    /// when the consumer is dropped, or its process has ended. A consumer that is dropped and has nothing pending or
    /// parked leaves the group, which does not [list](GroupInfo::consumers) it any more; the names of others that are
    /// gone are removed in time.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses. If another consumer has the name, in this process or, if the backend is
    /// [shared](Promises::shared), in another one, the error is a [configuration](ErrorKind::Configuration) error. While the
    /// backend cannot tell yet whether that one lives, the error is [transient](ErrorKind::is_transient): the call does not
    /// wait for it.
    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError>;

    /// Whether the topic exists: a message was published to it, or a group of it was created.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError>;

    /// The groups of a topic, sorted by name. Empty if the topic does not exist.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError>;

    /// Creates a group. Returns `false`, and changes nothing, if it exists already.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError>;

    /// Deletes a group, with its position, its pending entries and its parked events. Returns `false` if it does not exist.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError>;

    /// Moves a group behind the last entry. The group will never read the entries that it skips; its pending entries stay
    /// pending. Returns `false` if the group does not exist.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError>;

    /// Stores the schemas that messages of a topic are written with, for readers that do not know them. Schemas that are
    /// stored already stay. Topics may share them: the fingerprint says which schema it is.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError>;

    /// Returns the schema with this fingerprint, as JSON, if it was [stored](Self::store_schemas) for the topic.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError>;

    /// Reads messages of a topic without a group, from behind the entry `after` or from the first one. Returns at most `max`
    /// messages, and none at the end of the topic. Changes nothing.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError>;

    /// The parked events of groups, for operators. `None` if the backend does not park.
    fn parked(&self) -> Option<&dyn ParkedEvents> {
        None
    }

    /// Looking at topics and groups and repairing them, for operators. `None` if the backend cannot.
    fn admin(&self) -> Option<&dyn Admin> {
        None
    }
}

/// Publishes messages. Used by one thread at a time.
pub trait Producer: Send {
    /// Appends messages to a topic, in their order. Blocks until the backend has stored them, as durably as it
    /// [promises](Promises::durable), or until it fails.
    ///
    /// Dropping the producer closes it; nothing is left to flush then.
    ///
    /// # Errors
    ///
    /// Not all messages are stored, or it is unknown whether they are: see [`PublishError`]. The producer can be used again
    /// after an error; it reconnects by itself.
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError>;
}

/// Reads messages for one group, and records what became of them. Can be used by several threads at once: one reads while
/// others acknowledge.
///
/// An entry that was read belongs to this consumer until it is acknowledged, released or dead-lettered, or until the
/// consumer has not [renewed](Self::renew) it for [`claim_after`](Subscription::claim_after). Dropping the consumer closes
/// it. Others of the group then get what it has not acknowledged: at once what was released, the rest after `claim_after`.
pub trait Consumer: Send + Sync {
    /// Reads the next entries, in order. Waits at most `wait` for the first one, then returns what is there, at most `max`.
    /// After a restart under the same name, the entries that this consumer has not acknowledged come first.
    ///
    /// The entries of `done` are acknowledged in the same round trip, before anything is read.
    ///
    /// # Errors
    ///
    /// Nothing is read. The entries of `done` may or may not be acknowledged; acknowledging them again does no harm.
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError>;

    /// Ends a waiting [`read`](Self::read) early, or the next one if none waits.
    fn wake(&self);

    /// Acknowledges entries. Doing so twice, or for an entry that another consumer has claimed, does no harm.
    ///
    /// # Errors
    ///
    /// Some may not be acknowledged; call it again.
    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError>;

    /// Publishes the [message](DeadLetter::message) of `dead_letter` to the topic's dead letters and acknowledges the entry:
    /// both or neither.
    ///
    /// Returns the number of dead letters in the topic, of all groups; `None` if that would be expensive to count.
    ///
    /// # Errors
    ///
    /// Neither is done, or it is unknown; call it again. The dead letter may then be stored twice.
    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError>;

    /// Sends a heartbeat for entries, so that others do not claim them. Returns those that others have claimed already. Without
    /// the group there are none: the next [`read`](Self::read) reports that it was lost.
    ///
    /// # Errors
    ///
    /// Some may not be renewed; call it again before [`claim_after`](Subscription::claim_after) has passed.
    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError>;

    /// Claims entries that their consumers have not renewed, at most `max`. Backends whose [`read`](Self::read) claims
    /// return none. Called by the thread that reads, between two reads, so that the entries of a key keep their order.
    ///
    /// # Errors
    ///
    /// None is claimed, or it is unknown: entries that were claimed can be claimed again after
    /// [`claim_after`](Subscription::claim_after).
    fn claim(&self, max: usize) -> Result<Batch, BusError>;

    /// Hands back entries whose processing has not begun, so that others of the group get them at once.
    ///
    /// # Errors
    ///
    /// Some may not be released; others can claim them after [`claim_after`](Subscription::claim_after).
    fn release(&self, entries: &[EntryId]) -> Result<(), BusError>;

    /// Records durably that an attempt to process an entry begins. Called for [redelivered](Delivery::is_redelivered) entries,
    /// to find the one that crashes its process.
    ///
    /// Returns the number of attempts that were begun and have not [returned](Self::attempt_returned), this one included.
    /// Those before it have crashed.
    ///
    /// # Errors
    ///
    /// The attempt is not recorded, and must not begin.
    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError>;

    /// Records durably that the attempt that was [counted](Self::count_attempt) last did not crash the process, whether it
    /// succeeded or failed. An entry that is acknowledged or dead-lettered needs no such record.
    ///
    /// # Errors
    ///
    /// The attempt may still count as begun.
    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError>;

    /// Whether each of these texts was [marked as processed](Self::mark_processed) in this group.
    ///
    /// # Errors
    ///
    /// It is unknown.
    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError>;

    /// Remembers a text in this group for at least seven days: the path of a receiver and the id of the event that it has
    /// processed.
    ///
    /// # Errors
    ///
    /// It may not be remembered.
    fn mark_processed(&self, text: &str) -> Result<(), BusError>;

    /// The events of this consumer that are parked. `None` if the backend cannot park: what waits for a receiver that does not
    /// work then stays in flight.
    fn parked(&self) -> Option<&dyn ParkedStore> {
        None
    }

    /// Whether this consumer stands by: another one of the group reads for it, as the backend lets only one read at a
    /// time. As far as is known: nothing is asked for it. Default: `false`.
    fn is_standby(&self) -> bool {
        false
    }

    /// The program stops: no call waits beyond this time, those that wait already and the drop included. What cannot be done
    /// by then fails as [unreachable](ErrorKind::Unreachable). Later deadlines than the first one change nothing.
    ///
    /// Calls after the deadline are allowed and end at once: with their effect, without one (a read returns no entries), or as
    /// unreachable. They do no harm: what was not acknowledged goes to others of the group, as after a drop.
    fn stop_by(&self, deadline: Instant);
}

/// What a backend promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promises {
    /// Published messages survive the end of the process.
    pub durable: bool,
    /// Other processes see them.
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
    /// Within one consumer. Two consumers of a group may process the events of one key in any order.
    Consumer,
    /// Within the whole group, however many consumers it has.
    Group,
}
