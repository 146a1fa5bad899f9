//! What hooks learn of an event: [`Consumed`].

use crate::bus::contract::EntryId;
use crate::bus::message::topic::Topic;
use crate::metadata::EventsMetadata;
use crate::signal::event::AnyEvent;

/// An event whose receivers have run, for [`EventConsumer::after_message`](super::EventConsumer::after_message).
///
/// ```
/// use std::sync::Arc;
///
/// use openedx_events::bus::{Backend, EventConsumer, EventOutcome, Topic};
///
/// fn audited(bus: Arc<dyn Backend>, topic: Topic) -> EventConsumer {
///     EventConsumer::new(bus, "certificates").topic(topic).after_message(|consumed| {
///         let (id, topic) = (consumed.metadata.id(), consumed.topic);
///         match consumed.outcome {
///             EventOutcome::Done => println!("{id} of {topic} is done"),
///             EventOutcome::Retrying => println!("{id} of {topic} is retried later"),
///             other => println!("{id} of {topic}: {other:?}"),
///         }
///     })
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Consumed<'a> {
    /// The topic.
    pub topic: &'a Topic,
    /// The entry in the topic.
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
    /// It reaches no receiver: there is none, or its signal is disabled. It is acknowledged.
    Suppressed,
    /// A receiver failed, and is retried after a backoff.
    Retrying,
    /// A receiver was given up and the others are done; it is dead-lettered.
    DeadLettered,
    /// A receiver failed, and it is acknowledged all the same, as
    /// [`AckPolicy::Always`](super::AckPolicy::Always) says.
    GivenUp,
}

impl EventOutcome {
    /// Whether the event is not delivered to the receivers again, unless the process ends before this is recorded on the
    /// bus.
    pub fn is_final(self) -> bool {
        self != Self::Retrying
    }
}
