//! Parked events, as operators see them.

use super::{Memory, append_dead_letter};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Delivery, ParkedChange, ParkedEvent, ParkedEvents, ParkedPlace, ParkedWrite};
use crate::bus::message::topic::Topic;

impl ParkedEvents for Memory {
    fn list(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError> {
        let mut topics = self.0.topics();
        let parked = topics.get_mut(topic).and_then(|log| log.parked_of_existing(group));
        Ok(parked.map(|parked| parked.all(after, max)).unwrap_or_default())
    }

    fn read(
        &self,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        let mut topics = self.0.topics();
        let Some(parked) = topics.get_mut(topic).and_then(|log| log.parked_of_existing(group)) else {
            return Ok(vec![None; events.len()]);
        };
        Ok(events.iter().map(|place| parked.read(place)).collect())
    }

    fn change(
        &self,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        let mut topics = self.0.topics();
        let mut written = Vec::with_capacity(changes.len());
        for (place, ParkedChange { waiting, dead_letter, .. }) in changes {
            let parked = topics.get_mut(topic).and_then(|log| log.parked_of_existing(group));
            let write = parked.map_or(ParkedWrite::Gone, |parked| parked.change(place, waiting));
            if let Some((delivery, letter)) = dead_letter.filter(|_| write == ParkedWrite::Done) {
                append_dead_letter(&mut topics, topic, group, delivery, letter);
            }
            written.push(write);
        }
        // A key may be free for others.
        self.0.changed.notify_all();
        Ok(written)
    }
}
