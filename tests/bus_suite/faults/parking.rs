//! Events are parked wrongly, or lost from the store.

use std::collections::BTreeMap;
use std::sync::Mutex;

use openedx_events::bus::{
    BusError, Delivery, EntryWrite, ParkedChange, ParkedEvent, ParkedId, ParkedStart, Parking,
};

use super::lock;
use crate::broken::{Fault, Seat};

pub(crate) struct AcknowledgesWithoutParking;

impl Fault for AcknowledgesWithoutParking {
    fn park(&self, seat: &Seat, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let entries: Vec<_> = events.iter().map(|event| event.delivery.entry.clone()).collect();
        seat.sound.acknowledge(&entries)?;
        Ok((1..).zip(events).map(|(number, _)| EntryWrite::Done(ParkedId::new(number))).collect())
    }
}

/// The events of a consumer are in its store, and still in the topic.
#[derive(Default)]
pub(crate) struct ParksWithoutAcknowledging(Mutex<BTreeMap<(String, ParkedId), ParkedEvent>>);

impl Fault for ParksWithoutAcknowledging {
    fn park(&self, seat: &Seat, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let mut parked = lock(&self.0);
        let park = |event: &Parking<'_>| {
            let (id, message) = (ParkedId::new(parked.len() as u64 + 1), &event.delivery.message);
            let waiting = event.waiting.to_vec();
            let event = ParkedEvent::new(id, message.key_hash(), message.size() as u64, waiting);
            parked.insert((seat.name().to_owned(), id), event);
            EntryWrite::Done(id)
        };
        Ok(events.iter().map(park).collect())
    }

    fn list_parked(
        &self,
        seat: &Seat,
        after: Option<ParkedId>,
        max: usize,
    ) -> Result<Vec<ParkedEvent>, BusError> {
        let parked = lock(&self.0);
        let own = parked.iter().filter(|((name, id), _)| name == seat.name() && Some(*id) > after);
        Ok(own.map(|(_, event)| event.clone()).take(max).collect())
    }
}

/// It says of the entries of others that they are parked.
pub(crate) struct ParksWithoutALook;

impl Fault for ParksWithoutALook {
    fn park(&self, seat: &Seat, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let parked = seat.store()?.park(events)?;
        let without_a_look = |written| match written {
            EntryWrite::Claimed => EntryWrite::Done(ParkedId::new(1)),
            written => written,
        };
        Ok(parked.into_iter().map(without_a_look).collect())
    }
}

pub(crate) struct ForgetsTheLetterAtParking;

impl Fault for ForgetsTheLetterAtParking {
    fn park(&self, seat: &Seat, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let events: Vec<_> = events.iter().map(|event| Parking { dead_letter: None, ..*event }).collect();
        seat.store()?.park(&events)
    }
}

pub(crate) struct ForgetsStarts;

impl Fault for ForgetsStarts {
    fn list_parked(
        &self,
        seat: &Seat,
        after: Option<ParkedId>,
        max: usize,
    ) -> Result<Vec<ParkedEvent>, BusError> {
        Ok(seat.store()?.list(after, max)?.into_iter().map(|event| event.started(0)).collect())
    }
}

pub(crate) struct ListsTheLastFirst;

impl Fault for ListsTheLastFirst {
    fn list_parked(
        &self,
        seat: &Seat,
        after: Option<ParkedId>,
        max: usize,
    ) -> Result<Vec<ParkedEvent>, BusError> {
        let mut events = seat.store()?.list(after, max)?;
        events.reverse();
        Ok(events)
    }
}

pub(crate) struct LosesAStoreAtATakeOver;

impl Fault for LosesAStoreAtATakeOver {
    fn claim_parked(&self, _: &Seat, _: usize) -> Result<Vec<ParkedEvent>, BusError> {
        Ok(Vec::new())
    }
}

pub(crate) struct ClaimsTheStoresOfTheLiving;

impl Fault for ClaimsTheStoresOfTheLiving {
    fn renew_parked(&self, _: &Seat) -> Result<(), BusError> {
        Ok(())
    }
}

pub(crate) struct DeadLettersWithoutRemoval;

impl Fault for DeadLettersWithoutRemoval {
    fn settle_parked(&self, seat: &Seat, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        for event in events {
            let waiting = seat.store()?.list(None, usize::MAX)?;
            let waiting = waiting.into_iter().find(|parked| parked.id == event.id);
            let waiting = waiting.map(|parked| parked.waiting).unwrap_or_default();
            let waiting = if event.dead_letter.is_some() { &waiting } else { event.waiting };
            seat.store()?.settle(&[ParkedChange { waiting, ..*event }])?;
        }
        Ok(None)
    }
}

pub(crate) struct RemovesWithoutADeadLetter;

impl Fault for RemovesWithoutADeadLetter {
    fn settle_parked(&self, seat: &Seat, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        let events: Vec<_> =
            events.iter().map(|event| ParkedChange { dead_letter: None, ..*event }).collect();
        seat.store()?.settle(&events)
    }
}

pub(crate) struct NeverRemovesWhatIsParked;

impl Fault for NeverRemovesWhatIsParked {
    fn settle_parked(&self, seat: &Seat, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        let events: Vec<_> = events.iter().filter(|event| !event.waiting.is_empty()).copied().collect();
        seat.store()?.settle(&events)
    }
}

pub(crate) struct CutsWhatIsParked;

impl Fault for CutsWhatIsParked {
    fn start_parked(&self, seat: &Seat, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        let mut started = seat.store()?.start(events)?;
        for delivery in started.iter_mut().flatten() {
            delivery.message.payload.iter_mut().for_each(|payload| payload.truncate(1 << 16));
        }
        Ok(started)
    }
}

/// As if it added one, instead of storing the number that it was given.
#[derive(Default)]
pub(crate) struct CountsEachStart(Mutex<BTreeMap<ParkedId, u32>>);

impl Fault for CountsEachStart {
    fn start_parked(&self, seat: &Seat, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        let mut counts = lock(&self.0);
        let counted = events.iter().map(|event| {
            let count = counts.entry(event.id).or_default();
            *count += 1;
            ParkedStart { starts: *count - 1, ..*event }
        });
        seat.store()?.start(&counted.collect::<Vec<_>>())
    }
}

/// What was once listed stays.
#[derive(Default)]
pub(crate) struct KeepsTheStoreOfADeletedGroup(Mutex<Vec<ParkedEvent>>);

impl Fault for KeepsTheStoreOfADeletedGroup {
    fn list_parked(
        &self,
        seat: &Seat,
        after: Option<ParkedId>,
        max: usize,
    ) -> Result<Vec<ParkedEvent>, BusError> {
        let events = seat.store()?.list(after, max)?;
        let mut kept = lock(&self.0);
        if !events.is_empty() {
            kept.clone_from(&events);
        }
        Ok(kept.clone())
    }
}
