//! What hooks learn of an event: [`Consumed`].

use std::time::Duration;

use super::receiver_run::ReceiverRun;
use crate::bus::contract::EntryId;
use crate::bus::message::Header;
use crate::bus::message::topic::Topic;
use crate::metadata::EventsMetadata;
use crate::signal::event::AnyEvent;
use crate::trace_parent::TraceParent;

/// An event whose receivers have run, for [`EventConsumer::after_message`](super::EventConsumer::after_message).
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// use openedx_events::bus::{self, EventConsumer, EventOutcome, Message, Topic};
/// use openedx_events::{receiver, signal};
///
/// /// Sent when a lamp was switched.
/// #[signal("org.example.house.lamp.switched.v1")]
/// pub struct LampSwitched {
///     pub is_on: bool,
/// }
///
/// #[receiver(LAMP_SWITCHED)]
/// fn dim(is_on: bool) {
///     println!("on: {is_on}");
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let bus = bus::open("memory:")?;
///     let topic = Topic::new("lamps")?;
///     let metadata = LAMP_SWITCHED.generate_metadata();
///     bus.producer()?.publish(&topic, &[Message::of_event(&LampSwitched { is_on: true }, &metadata)?])?;
///
///     let (sender, outcomes) = mpsc::channel();
///     let running = EventConsumer::new(bus, "house")
///         .topic(topic)
///         .after_message(move |consumed| {
///             let id = consumed.metadata.id();
///             match consumed.outcome {
///                 EventOutcome::Retrying => {
///                     for run in consumed.runs.iter().filter(|run| run.outcome.is_failure()) {
///                         println!("{id}: {} failed at attempt {}", run.receiver, run.attempt);
///                     }
///                 }
///                 outcome => println!("{id} ended: {outcome:?}"),
///             }
///             // Fails when nobody listens any more, which does not matter here.
///             let _ = sender.send((id, consumed.outcome));
///         })
///         .start()?;
///     assert_eq!(outcomes.recv()?, (metadata.id(), EventOutcome::Done));
///     running.stop(Duration::from_secs(5))?;
///     Ok(())
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
    /// The receivers that were called this time, and those that the event waits for without a call. Empty if it reaches
    /// none, and at the end of an event whose process died too often.
    pub runs: &'a [ReceiverRun<'a>],
    /// How long all of these took.
    pub duration: Duration,
    /// The headers of its message.
    pub headers: &'a [Header],
    /// The span that the event was sent from, if its sender said so.
    pub traceparent: Option<TraceParent>,
}

/// What becomes of an event whose receivers have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventOutcome {
    /// Every receiver is done; it is acknowledged.
    Done,
    /// It reaches no receiver: there is none, or its signal is disabled. It is acknowledged.
    Suppressed,
    /// A receiver failed and is retried after a backoff, or it does not seem to work and the event waits for it.
    Retrying,
    /// Some receivers do not seem to work, and the others are done: it is acknowledged, and kept for the former in the
    /// store of parked events.
    Parked,
    /// A receiver was given up and the others are done; it is dead-lettered.
    DeadLettered,
    /// A receiver failed, and it is acknowledged all the same, as
    /// [`AckPolicy::Always`](super::AckPolicy::Always) says.
    GivenUp,
}

impl EventOutcome {
    /// Whether the event is not delivered to the receivers again, unless the process ends before this is recorded on
    /// the bus.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Retrying | Self::Parked)
    }
}
