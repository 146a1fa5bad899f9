//! Looking at parked events and repairing them: [`ParkedEvents`].

use std::cmp::Ordering;

use super::delivery::Delivery;
use super::error::BusError;
use super::parked::{ParkedChange, ParkedEvent, ParkedId, Waiting};
use crate::bus::message::topic::Topic;

/// The parked events of all consumers of a group, for operators. Consumers may run meanwhile.
pub trait ParkedEvents: Send + Sync {
    /// The parked events of a group behind `after`, or from the first one on: sorted by their owners, and those of an owner in
    /// the order in which they were parked. At most `max`, and none at the end. Changes nothing, and creates nothing.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn list(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError>;

    /// The messages of parked events. `None` stands for one that is not at this place any more. Changes nothing.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached or refuses.
    fn read(
        &self,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError>;

    /// Replaces the receivers that events wait for, and stores dead letters: all of it or nothing, for each event. An event that
    /// waits for none any more is removed. The others belong to nobody then: a consumer of the group claims them within its
    /// heartbeat, and takes them in as they are now. What a consumer had gets a new id, so that what it still does under
    /// the old one has no effect, even if it claims the event itself. What was counted of their starts stays.
    ///
    /// Left alone is an event that has been started, unless its consumer is gone; and one that waits for others by now than its
    /// place [tells](ParkedPlace::waiting): a receiver that has had it meanwhile would get it again.
    ///
    /// # Errors
    ///
    /// Some may not be changed, or it is unknown; list them again. A dead letter may be stored twice if the call is repeated.
    fn change(
        &self,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError>;
}

/// Where a parked event is. Places are compared by their consumers and ids.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ParkedPlace {
    /// The name of the consumer that it belongs to; empty if it belongs to nobody.
    pub consumer: String,
    /// Its id in the store of this consumer.
    pub id: ParkedId,
    /// What it waited for when it was [listed](ParkedEvents::list); `None` if the place is from elsewhere.
    pub waiting: Option<Vec<Waiting>>,
}

impl ParkedPlace {
    /// A place in the store of a consumer.
    pub fn new(consumer: impl Into<String>, id: ParkedId) -> Self {
        Self { consumer: consumer.into(), id, waiting: None }
    }

    /// Sets [`waiting`](Self::waiting).
    #[must_use]
    pub fn waiting_for(self, waiting: &[Waiting]) -> Self {
        Self { waiting: Some(waiting.to_vec()), ..self }
    }

    fn key(&self) -> (&str, ParkedId) {
        (&self.consumer, self.id)
    }
}

impl PartialEq for ParkedPlace {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ParkedPlace {}

impl PartialOrd for ParkedPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ParkedPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// What has become of a [change](ParkedEvents::change) of a parked event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkedWrite {
    /// It is changed.
    Done,
    /// It was started and not settled: it runs, or its process has died and another consumer has not claimed it yet.
    Started,
    /// It is not at this place any more, or not as it was listed: it is done, waits for others, or another consumer has claimed it.
    Gone,
}
