//! The parked events of a group: [`Parked`].

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use crate::bus::contract::{Delivery, ParkedEvent, ParkedId, Waiting};

/// The events of a group that have left the topic and wait for receivers.
#[derive(Default)]
pub(super) struct Parked {
    last: u64,
    events: BTreeMap<u64, Event>,
    /// For each key, how many events each consumer has.
    keys: HashMap<Vec<u8>, BTreeMap<String, usize>>,
    /// When consumers last sent a heartbeat. Those that are gone are not in here.
    heartbeats: HashMap<String, Instant>,
}

struct Event {
    consumer: String,
    delivery: Delivery,
    waiting: Vec<Waiting>,
    starts: u32,
}

impl Parked {
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Parks an event of a consumer.
    pub(super) fn push(&mut self, consumer: &str, delivery: &Delivery, waiting: &[Waiting]) -> ParkedId {
        self.renew(consumer);
        self.last += 1;
        let event = Event {
            consumer: consumer.to_owned(),
            delivery: delivery.clone(),
            waiting: waiting.to_vec(),
            starts: 0,
        };
        self.count(&event, 1);
        self.events.insert(self.last, event);
        ParkedId::new(self.last)
    }

    pub(super) fn list(&self, consumer: &str, after: Option<ParkedId>, max: usize) -> Vec<ParkedEvent> {
        let first = after.map_or(0, |after| after.number().saturating_add(1));
        let own = self.events.range(first..).filter(|(_, event)| event.consumer == consumer);
        own.take(max).map(|(number, event)| event.info(*number)).collect()
    }

    /// Claims events of consumers that are gone.
    pub(super) fn claim(&mut self, consumer: &str, claim_after: Duration, max: usize) -> Vec<ParkedEvent> {
        let now = Instant::now();
        let is_gone = |owner: &str| {
            let heartbeat = self.heartbeats.get(owner);
            owner != consumer && heartbeat.is_none_or(|at| now.duration_since(*at) >= claim_after)
        };
        let gone = self.events.iter().filter(|(_, event)| is_gone(&event.consumer));
        let numbers: Vec<_> = gone.take(max).map(|(number, _)| *number).collect();
        let mut claimed = Vec::new();
        for number in numbers {
            let Some(mut event) = self.events.remove(&number) else { continue };
            self.count(&event, -1);
            consumer.clone_into(&mut event.consumer);
            self.count(&event, 1);
            claimed.push(event.info(number));
            self.events.insert(number, event);
        }
        if !claimed.is_empty() {
            self.renew(consumer);
        }
        claimed
    }

    /// The event of this number, if it is this consumer's.
    fn own(&mut self, consumer: &str, id: ParkedId) -> Option<&mut Event> {
        self.events.get_mut(&id.number()).filter(|event| event.consumer == consumer)
    }

    pub(super) fn start(&mut self, consumer: &str, id: ParkedId) -> Option<Delivery> {
        let event = self.own(consumer, id)?;
        event.starts = event.starts.saturating_add(1);
        Some(event.delivery.clone())
    }

    /// Replaces what an event waits for. Returns whether it is this consumer's.
    pub(super) fn settle(&mut self, consumer: &str, id: ParkedId, waiting: &[Waiting]) -> bool {
        let Some(event) = self.own(consumer, id) else { return false };
        event.starts = 0;
        event.waiting = waiting.to_vec();
        if waiting.is_empty()
            && let Some(event) = self.events.remove(&id.number())
        {
            self.count(&event, -1);
        }
        true
    }

    pub(super) fn renew(&mut self, consumer: &str) {
        self.heartbeats.insert(consumer.to_owned(), Instant::now());
    }

    /// A consumer is gone.
    pub(super) fn leave(&mut self, consumer: &str) {
        self.heartbeats.remove(consumer);
    }

    /// Whether another consumer has parked events of a key.
    pub(super) fn is_of_other(&self, key: &[u8], consumer: &str) -> bool {
        self.keys.get(key).is_some_and(|owners| owners.keys().any(|owner| owner != consumer))
    }

    fn count(&mut self, event: &Event, change: isize) {
        let Some(key) = event.delivery.message.key() else { return };
        let owners = self.keys.entry(key.to_vec()).or_default();
        let count = owners.entry(event.consumer.clone()).or_default();
        *count = count.saturating_add_signed(change);
        if *count == 0 {
            owners.remove(&event.consumer);
        }
        if owners.is_empty() {
            self.keys.remove(key);
        }
    }
}

impl Event {
    fn info(&self, number: u64) -> ParkedEvent {
        let message = &self.delivery.message;
        let event = ParkedEvent::new(
            ParkedId::new(number),
            message.key_hash(),
            message.size() as u64,
            self.waiting.clone(),
        );
        event.started(self.starts)
    }
}
