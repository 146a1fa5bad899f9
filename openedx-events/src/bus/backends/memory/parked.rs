//! The parked events of a group: [`Parked`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::bus::contract::{Delivery, ParkedEvent, ParkedId, ParkedPlace, ParkedStart, ParkedWrite, Waiting};

/// The owner of events that belong to nobody: it has no heartbeat.
const NOBODY: &str = "";

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
        self.put(self.last, event);
        ParkedId::new(self.last)
    }

    pub(super) fn list(&self, consumer: &str, after: Option<ParkedId>, max: usize) -> Vec<ParkedEvent> {
        let first = after.map_or(0, |after| after.number().saturating_add(1));
        let own = self.events.range(first..).filter(|(_, event)| event.consumer == consumer);
        own.take(max).map(|(number, event)| event.info(*number)).collect()
    }

    /// Claims events of nobody, and of consumers that are gone. Those of a key that another consumer keeps, parked or, as
    /// `is_in_flight` tells, in flight, are left to that one, so that the key stays in order. What there was no room for of a key
    /// that is claimed is nobody's: if its consumer lives again, it would go on with later events of the key.
    pub(super) fn claim(
        &mut self,
        consumer: &str,
        claim_after: Duration,
        max: usize,
        is_in_flight: impl Fn(&[u8]) -> bool,
    ) -> Vec<ParkedEvent> {
        let now = Instant::now();
        let is_gone = |owner: &str| {
            let heartbeat = self.heartbeats.get(owner);
            owner != consumer && heartbeat.is_none_or(|at| now.duration_since(*at) >= claim_after)
        };
        let is_of_other = |key: &[u8]| {
            let owners = self.keys.get(key).into_iter().flat_map(BTreeMap::keys);
            owners.into_iter().any(|owner| owner != consumer && !is_gone(owner))
        };
        let is_claimable = |event: &Event| {
            let is_left_to_other = |key| is_of_other(key) || is_in_flight(key);
            is_gone(&event.consumer) && !event.key().is_some_and(is_left_to_other)
        };
        let mut claimable = self.events.iter().filter(|(_, event)| is_claimable(event));
        let numbers: Vec<_> = claimable.by_ref().take(max).map(|(number, _)| *number).collect();
        let keys: HashSet<_> = numbers.iter().filter_map(|number| self.events[number].key()).collect();
        let left = claimable.filter(|(_, event)| event.key().is_some_and(|key| keys.contains(key)));
        let left: Vec<_> = left.map(|(number, _)| *number).collect();
        let mut claimed = Vec::new();
        for number in numbers {
            claimed.extend(self.hand_over(number, consumer));
        }
        for number in left {
            self.hand_over(number, NOBODY);
        }
        if !claimed.is_empty() {
            self.renew(consumer);
        }
        claimed
    }

    /// Makes an event another one's.
    fn hand_over(&mut self, number: u64, consumer: &str) -> Option<ParkedEvent> {
        let event = self.take(number)?;
        let info = event.info(number);
        self.put(number, Event { consumer: consumer.to_owned(), ..event });
        Some(info)
    }

    fn take(&mut self, number: u64) -> Option<Event> {
        let event = self.events.remove(&number)?;
        self.count(&event, -1);
        Some(event)
    }

    fn put(&mut self, number: u64, event: Event) {
        self.count(&event, 1);
        self.events.insert(number, event);
    }

    /// The key of an event.
    pub(super) fn key(&self, id: ParkedId) -> Option<Vec<u8>> {
        self.events.get(&id.number())?.key().map(<[u8]>::to_vec)
    }

    /// The event of this number, if it is this consumer's.
    fn own(&mut self, consumer: &str, id: ParkedId) -> Option<&mut Event> {
        self.events.get_mut(&id.number()).filter(|event| event.consumer == consumer)
    }

    pub(super) fn start(&mut self, consumer: &str, start: &ParkedStart) -> Option<Delivery> {
        let event = self.own(consumer, start.id)?;
        event.starts = start.starts.saturating_add(1);
        Some(event.delivery.clone().redelivered(start.starts > 0))
    }

    /// Replaces what an event waits for. Returns whether it is this consumer's.
    pub(super) fn settle(&mut self, consumer: &str, id: ParkedId, waiting: &[Waiting]) -> bool {
        let Some(event) = self.own(consumer, id) else { return false };
        event.starts = 0;
        event.waiting = waiting.to_vec();
        if waiting.is_empty() {
            self.take(id.number());
        }
        true
    }

    /// The events of all consumers.
    pub(super) fn all(&self, after: Option<&ParkedPlace>, max: usize) -> Vec<(ParkedPlace, ParkedEvent)> {
        let place = |(number, event): (&u64, _)| (place(*number, event), event);
        let behind =
            self.events.iter().map(place).filter(|(place, _)| after.is_none_or(|after| place > after));
        let mut behind: Vec<_> = behind.collect();
        behind.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        behind.truncate(max);
        let event = |(place, event): (ParkedPlace, &Event)| {
            let info = event.info(place.id.number());
            (place.waiting_for(&info.waiting), info)
        };
        behind.into_iter().map(event).collect()
    }

    /// The message of an event, if it is at this place.
    pub(super) fn read(&self, place: &ParkedPlace) -> Option<Delivery> {
        let event = self.events.get(&place.id.number());
        event.filter(|event| event.consumer == place.consumer).map(|event| event.delivery.clone())
    }

    /// Replaces what an event waits for, and makes it nobody's, with a new number: what its consumer still does under the old one
    /// has no effect, even if it claims the event itself.
    pub(super) fn change(&mut self, place: &ParkedPlace, waiting: &[Waiting]) -> ParkedWrite {
        let is_living = self.heartbeats.contains_key(&place.consumer);
        let Some(event) = self.own(&place.consumer, place.id) else { return ParkedWrite::Gone };
        if event.starts > 0 && is_living {
            return ParkedWrite::Started;
        }
        if place.waiting.as_ref().is_some_and(|listed| *listed != event.waiting) {
            return ParkedWrite::Gone;
        }
        let taken = self.take(place.id.number());
        if let Some(event) = taken.filter(|_| !waiting.is_empty()) {
            let number = if event.consumer == NOBODY {
                place.id.number()
            } else {
                self.last += 1;
                self.last
            };
            let consumer = NOBODY.to_owned();
            self.put(number, Event { consumer, waiting: waiting.to_vec(), ..event });
        }
        ParkedWrite::Done
    }

    pub(super) fn renew(&mut self, consumer: &str) {
        self.heartbeats.insert(consumer.to_owned(), Instant::now());
    }

    /// A consumer is gone.
    pub(super) fn leave(&mut self, consumer: &str) {
        self.heartbeats.remove(consumer);
    }

    /// Whether a consumer has parked events.
    pub(super) fn has_of(&self, consumer: &str) -> bool {
        self.events.values().any(|event| event.consumer == consumer)
    }

    /// Whether another consumer has parked events of a key.
    pub(super) fn is_of_other(&self, key: &[u8], consumer: &str) -> bool {
        self.keys.get(key).is_some_and(|owners| owners.keys().any(|owner| owner != consumer))
    }

    fn count(&mut self, event: &Event, change: isize) {
        let Some(key) = event.key() else { return };
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

fn place(number: u64, event: &Event) -> ParkedPlace {
    ParkedPlace::new(event.consumer.clone(), ParkedId::new(number))
}

impl Event {
    fn key(&self) -> Option<&[u8]> {
        self.delivery.message.key()
    }

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
