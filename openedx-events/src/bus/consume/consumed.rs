//! What hooks are told of an event: [`Consumed`].

use crate::bus::contract::EntryId;
use crate::bus::message::topic::Topic;
use crate::metadata::EventsMetadata;
use crate::signal::event::AnyEvent;

/// An event whose receivers have run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Consumed<'a> {
    /// Where it came from.
    pub topic: &'a Topic,
    /// Its entry there.
    pub entry: &'a EntryId,
    /// The event.
    pub event: &'a dyn AnyEvent,
    /// Its metadata.
    pub metadata: &'a EventsMetadata,
    /// What becomes of it now.
    pub outcome: EventOutcome,
}

/// What becomes of an event whose receivers have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventOutcome {
    /// Every receiver is done; it is acknowledged.
    Done,
    /// It reaches nobody: nothing listens to it, or its signal is disabled. It is acknowledged.
    Unheard,
    /// A receiver failed, which is run again after a pause.
    Again,
    /// A receiver was given up, and the others are done; it becomes a dead letter.
    Dead,
    /// A receiver failed, and it is acknowledged all the same, as [`AckPolicy::Always`](super::AckPolicy::Always) wants it.
    GivenUp,
}

impl EventOutcome {
    /// Whether it does not come to the receivers again, unless the process ends before this is written down.
    pub fn is_final(self) -> bool {
        self != Self::Again
    }
}
