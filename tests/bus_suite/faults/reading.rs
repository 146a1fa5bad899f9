//! Entries are handed out too early, too late, twice or not at all.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend, Batch, BusError, Consumer, Delivery, EntryId, Subscription};

use super::lock;
use crate::broken::{Fault, Seat};

fn ids(batch: &Batch) -> Vec<EntryId> {
    batch.deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}

pub(crate) struct AcknowledgesAtRead;

impl Fault for AcknowledgesAtRead {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let batch = seat.sound.read(max, wait, done)?;
        seat.sound.acknowledge(&ids(&batch))?;
        Ok(batch)
    }
}

pub(crate) struct HandsOutTwiceInABatch;

impl Fault for HandsOutTwiceInABatch {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        let again = batch.deliveries.first().cloned();
        batch.deliveries.extend(again);
        Ok(batch)
    }
}

/// Each batch goes to the next consumer that reads as well.
#[derive(Default)]
pub(crate) struct HandsOutToTwoConsumers(Mutex<(String, Vec<Delivery>)>);

impl Fault for HandsOutToTwoConsumers {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        let mut last = lock(&self.0);
        let read = batch.deliveries.clone();
        if last.0 != seat.name() {
            batch.deliveries.append(&mut last.1);
        }
        *last = (seat.name().to_owned(), read);
        Ok(batch)
    }
}

/// Claims an entry as soon as somebody else reads.
pub(crate) struct ClaimsAtOnce;

impl Fault for ClaimsAtOnce {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        sound.consumer(&subscription.clone().claim_after(Duration::ZERO))
    }
}

pub(crate) struct NeverClaims;

impl Fault for NeverClaims {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        sound.consumer(&subscription.clone().claim_after(Duration::from_hours(1)))
    }
}

/// Entries that another consumer has had are lost.
#[derive(Default)]
pub(crate) struct LosesWhatIsTakenOver(Mutex<HashMap<EntryId, String>>);

impl Fault for LosesWhatIsTakenOver {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        let mut holders = lock(&self.0);
        let (own, others): (Vec<_>, Vec<_>) = batch.deliveries.into_iter().partition(|delivery| {
            holders.entry(delivery.entry.clone()).or_insert_with(|| seat.name().to_owned()) == seat.name()
        });
        batch.deliveries = others;
        seat.sound.acknowledge(&ids(&batch))?;
        batch.deliveries = own;
        Ok(batch)
    }
}

/// A consumer that restarts gets new entries only.
pub(crate) struct LosesWhatARestartedConsumerHad;

impl Fault for LosesWhatARestartedConsumerHad {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        batch.deliveries.retain(|delivery| !delivery.is_redelivered);
        Ok(batch)
    }
}

pub(crate) struct ReversesWhatItReads;

impl Fault for ReversesWhatItReads {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        batch.deliveries.reverse();
        Ok(batch)
    }
}

/// Marks every entry, or none, as redelivered.
pub(crate) struct MarksAsRedelivered(pub bool);

impl Fault for MarksAsRedelivered {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        for delivery in &mut batch.deliveries {
            delivery.is_redelivered = self.0;
        }
        Ok(batch)
    }
}

pub(crate) struct ReadsMoreThanItIsAskedFor;

impl Fault for ReadsMoreThanItIsAskedFor {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        seat.sound.read(max + 1, wait, done)
    }
}

pub(crate) struct DoesNotAcknowledgeWhatAReadBrings;

impl Fault for DoesNotAcknowledgeWhatAReadBrings {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, _: &[EntryId]) -> Result<Batch, BusError> {
        seat.sound.read(max, wait, &[])
    }
}

/// A read that has begun to wait sees nothing until its time is over.
pub(crate) struct WaitsOutItsTime;

impl Fault for WaitsOutItsTime {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let batch = seat.sound.read(max, Duration::ZERO, done)?;
        if !batch.deliveries.is_empty() {
            return Ok(batch);
        }
        thread::sleep(wait);
        seat.sound.read(max, Duration::ZERO, &[])
    }
}

pub(crate) struct IsNotWoken;

impl Fault for IsNotWoken {
    fn wake(&self, _: &Seat) {}
}

/// Nobody reads while another consumer has entries of the group.
#[derive(Default)]
pub(crate) struct ABusyConsumerHoldsUpTheOthers(Mutex<Option<String>>);

impl Fault for ABusyConsumerHoldsUpTheOthers {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let groups = seat.memory.groups(&seat.subscription.topic)?;
        let is_busy = groups.iter().any(|group| group.pending > 0);
        let mut holder = lock(&self.0);
        if is_busy && holder.as_deref().is_some_and(|holder| holder != seat.name()) {
            drop(holder);
            thread::sleep(wait);
            return Ok(Batch::default());
        }
        *holder = Some(seat.name().to_owned());
        drop(holder);
        seat.sound.read(max, wait, done)
    }
}
