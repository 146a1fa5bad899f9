//! Events that wait for a receiver and have left their topic: [`ParkedStore`].

use std::fmt;
use std::time::SystemTime;

use super::delivery::{Delivery, EntryWrite};
use super::error::BusError;
use crate::bus::message::dead_letter::DeadLetter;

/// Keeps the events of a group that wait for receivers which do not work, so that they do not fill the window of what is in
/// flight.
///
/// A parked event belongs to the consumer that has parked it, until that one is gone: then others of the group
/// [claim](Self::claim) it. Backends that keep the [order of keys](super::KeyOrder::Group) in the whole group hand out no entry
/// to another consumer whose key has parked events.
///
/// Can be used by several threads at once.
pub trait ParkedStore: Send + Sync {
    /// Stores events with the receivers that they wait for, stores the dead letters of those that were given up, and
    /// acknowledges the entries: all of it or nothing, for each event. Entries of another consumer are left alone, as
    /// [`EntryWrite`] says.
    ///
    /// What was [counted](super::Consumer::count_attempt) of an entry has returned with that.
    ///
    /// # Errors
    ///
    /// Some may not be parked, or it is unknown: call it again. An event that was parked before is then
    /// [claimed](EntryWrite::Claimed), as its entry is nobody's any more; [`list`](Self::list) has it.
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError>;

    /// The parked events of this consumer behind `after`, or from the first one on, in the order in which they were parked. At
    /// most `max`, and none at the end.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError>;

    /// Claims parked events of consumers that are gone, oldest first, at most `max`. Called by the thread that reads, before it
    /// reads, so that the events of a key keep their order.
    ///
    /// # Errors
    ///
    /// None is claimed, or it is unknown: [`list`](Self::list) has those that were.
    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError>;

    /// Records durably that events are about to run, and returns them; those that were started before are
    /// [redelivered](Delivery::is_redelivered). `None` stands for one that is not this consumer's any
    /// more.
    ///
    /// If the process dies before they are [settled](Self::settle), [`starts`](ParkedEvent::starts) tells.
    ///
    /// # Errors
    ///
    /// Nothing may run. It may be recorded all the same; calling it again counts no further start.
    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError>;

    /// Replaces the receivers that events wait for, and stores dead letters: all of it or nothing, for each event. An event that
    /// waits for none any more is removed. Starts are forgotten. Events that are not this consumer's any more are left alone.
    ///
    /// Returns the number of dead letters in the topic, of all groups; `None` if none was stored, or if that would be expensive
    /// to count.
    ///
    /// # Errors
    ///
    /// Some may not be settled, or it is unknown; call it again. A dead letter may then be stored twice.
    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError>;

    /// Sends a heartbeat for all parked events of this consumer, so that others do not claim them.
    ///
    /// # Errors
    ///
    /// Call it again before [`claim_after`](super::Subscription::claim_after) has passed.
    fn renew(&self) -> Result<(), BusError>;
}

/// The number of a parked event in its store. Later ones have larger numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParkedId(u64);

impl ParkedId {
    /// The id with this number.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The id as a number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ParkedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A receiver that an event waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// The path of the receiver.
    pub receiver: String,
    /// How often it has run for the event.
    pub runs: u32,
    /// When the event first failed, or was parked.
    pub since: SystemTime,
    /// The last error of the receiver, for whichever event, when this one was parked or put back: why it waits.
    pub last_error: Option<String>,
}

impl Waiting {
    /// A receiver that has not run for the event.
    pub fn new(receiver: impl Into<String>, since: SystemTime) -> Self {
        Self { receiver: receiver.into(), runs: 0, since, last_error: None }
    }

    /// Sets [`runs`](Self::runs).
    #[must_use]
    pub fn after(self, runs: u32) -> Self {
        Self { runs, ..self }
    }

    /// Sets [`last_error`](Self::last_error).
    #[must_use]
    pub fn because_of(self, error: impl Into<String>) -> Self {
        Self { last_error: Some(error.into()), ..self }
    }
}

/// An event to park.
#[derive(Clone, Copy, Debug)]
pub struct Parking<'a> {
    /// The entry, which belongs to the consumer.
    pub delivery: &'a Delivery,
    /// The receivers that it waits for: one at least.
    pub waiting: &'a [Waiting],
    /// For the receivers that were given up.
    pub dead_letter: Option<&'a DeadLetter>,
}

/// A parked event that is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkedStart {
    /// Its id.
    pub id: ParkedId,
    /// Its [`starts`](ParkedEvent::starts) so far. They are one more from now on, however often this is asked for.
    pub starts: u32,
    /// The [size](ParkedEvent::size) of its message, in bytes, so that a backend can read large messages in several steps.
    pub size: u64,
}

impl From<&ParkedEvent> for ParkedStart {
    fn from(event: &ParkedEvent) -> Self {
        Self { id: event.id, starts: event.starts, size: event.size }
    }
}

/// What is changed of a parked event.
#[derive(Clone, Copy, Debug)]
pub struct ParkedChange<'a> {
    /// Its id.
    pub id: ParkedId,
    /// The receivers that it still waits for. If there are none, it is removed.
    pub waiting: &'a [Waiting],
    /// For the receivers that were given up, with the event as [`start`](ParkedStore::start) has returned it.
    pub dead_letter: Option<(&'a Delivery, &'a DeadLetter)>,
}

/// A parked event, without its message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParkedEvent {
    /// Its id.
    pub id: ParkedId,
    /// The [hash](crate::bus::Message::key_hash) of its key; `None` if it has none.
    pub key: Option<u64>,
    /// The [size](crate::bus::Message::size) of its message, in bytes.
    pub size: u64,
    /// The receivers that it waits for.
    pub waiting: Vec<Waiting>,
    /// How often it was [started](ParkedStore::start) and not settled. If its process has died since, it may be what killed it.
    pub starts: u32,
}

impl ParkedEvent {
    /// An event that was not started yet.
    pub fn new(id: ParkedId, key: Option<u64>, size: u64, waiting: Vec<Waiting>) -> Self {
        Self { id, key, size, waiting, starts: 0 }
    }

    /// Sets [`starts`](Self::starts).
    #[must_use]
    pub fn started(self, starts: u32) -> Self {
        Self { starts, ..self }
    }
}
