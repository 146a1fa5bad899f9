//! Who looks on while the bus works: [`Observer`].

pub(super) mod live;
mod observers;
mod place;
pub(super) mod probe;
pub(super) mod readiness;

use std::time::Duration;

pub(super) use observers::Observers;
pub use observers::add_observer;
pub(super) use place::PlaceId;

use super::consume::ReceiverRun;
use super::contract::{BusError, ErrorKind};
use super::message::dead_letter::DeadLetterReason;
use super::message::topic::Topic;

/// A topic that a producer of this program publishes to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProducedTopic<'a> {
    /// The messaging system: [`Backend::system`](super::Backend::system).
    pub system: &'static str,
    /// The topic.
    pub topic: &'a Topic,
    pub(super) id: PlaceId,
}

/// A topic that this program consumes for a group.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConsumedTopic<'a> {
    /// The messaging system: [`Backend::system`](super::Backend::system).
    pub system: &'static str,
    /// The topic.
    pub topic: &'a Topic,
    /// The group.
    pub group: &'a str,
    pub(super) id: PlaceId,
}

/// One attempt to publish a batch of messages.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PublishedBatch {
    /// The number of messages that the bus has stored.
    pub stored: usize,
    /// The number of messages that it has not. They are published again, unless the bus does not take them at all.
    pub failed: usize,
    /// How long the bus took.
    pub duration: Duration,
    /// Why not all are stored.
    pub error: Option<ErrorKind>,
}

/// Why an event from the bus reached no receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SuppressedReason {
    /// The signal has no receivers.
    NoReceivers,
    /// The signal is disabled.
    Disabled,
}

impl SuppressedReason {
    /// Its name in metrics, as a label `reason`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoReceivers => "no_receivers",
            Self::Disabled => "disabled",
        }
    }
}

/// Is called at what the producers and the consumers of this program do, beside their counters. Every method does
/// nothing unless it is implemented.
///
/// The methods are called on the threads of the bus and of senders, several at the same time, and must not block: what
/// they cost is added to each event. A panic is logged and changes nothing else.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use openedx_events::bus::{self, ConsumedTopic, DeadLetterReason, Observer};
///
/// /// Counts dead letters of one topic.
/// #[derive(Default)]
/// struct Payments(AtomicU64);
///
/// impl Observer for Payments {
///     fn dead_lettered(&self, from: &ConsumedTopic<'_>, _: DeadLetterReason) {
///         if from.topic.as_str() == "payments" {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// // Before producers and consumers start.
/// let payments = Arc::new(Payments::default());
/// bus::add_observer(payments.clone());
/// ```
#[expect(unused_variables, reason = "their names are for those who implement the methods")]
pub trait Observer: Send + Sync {
    /// A send has put an event into the queue of a topic, or into its spill file.
    fn sent(&self, to: &ProducedTopic<'_>) {}

    /// A batch was published, or was not.
    fn published(&self, to: &ProducedTopic<'_>, batch: &PublishedBatch) {}

    /// After an attempt to publish, this many messages wait in the queue of a topic, and in its spill file.
    fn queued(&self, to: &ProducedTopic<'_>, messages: usize, spilled: usize) {}

    /// Messages were read, or claimed from other consumers.
    fn consumed(&self, from: &ConsumedTopic<'_>, messages: usize) {}

    /// Entries were trimmed before the group had done them: their events are lost.
    fn trimmed(&self, from: &ConsumedTopic<'_>, entries: usize) {}

    /// A receiver has run, or an event waits for one that does not seem to work.
    fn receiver_run(&self, from: &ConsumedTopic<'_>, run: &ReceiverRun<'_>) {}

    /// Receivers of an event have run: all of them the first time, one of them when it is retried. `has_failed` says
    /// whether any has.
    fn processed(&self, from: &ConsumedTopic<'_>, duration: Duration, has_failed: bool) {}

    /// An event has reached no receiver.
    fn suppressed(&self, from: &ConsumedTopic<'_>, reason: SuppressedReason) {}

    /// A dead letter was written.
    fn dead_lettered(&self, from: &ConsumedTopic<'_>, reason: DeadLetterReason) {}

    /// The circuit of a receiver has opened: its events wait until it works again.
    fn circuit_opened(&self, receiver: &str) {}

    /// The circuit of a receiver has closed.
    fn circuit_closed(&self, receiver: &str) {}

    /// A consumer or a producer of the topic has lost the bus.
    fn bus_lost(&self, topic: &Topic, error: &BusError) {}

    /// It has reached the bus again.
    fn bus_recovered(&self, topic: &Topic) {}
}
