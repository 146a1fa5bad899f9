//! Entries are acknowledged, renewed, released and dead-lettered wrongly.

use std::collections::HashMap;
use std::sync::Mutex;

use openedx_events::bus::{Backend, BusError, DeadLetter, Delivery, EntryId, EntryWrite};

use super::lock;
use crate::broken::{Fault, Seat};

pub(crate) struct AcknowledgesNothing;

impl Fault for AcknowledgesNothing {
    fn acknowledge(&self, _: &Seat, _: &[EntryId]) -> Result<(), BusError> {
        Ok(())
    }
}

/// Takes an acknowledged entry for a position, as a log would.
pub(crate) struct AcknowledgesAllBefore;

impl Fault for AcknowledgesAllBefore {
    fn acknowledge(&self, seat: &Seat, done: &[EntryId]) -> Result<(), BusError> {
        let last =
            done.iter().filter_map(|entry| entry.as_str().parse::<u64>().ok()).max().unwrap_or_default();
        let all: Vec<_> = (1..=last).map(|number| EntryId::new(number.to_string())).collect();
        seat.sound.acknowledge(&all)
    }
}

pub(crate) struct IgnoresRenewals;

impl Fault for IgnoresRenewals {
    fn renew(&self, _: &Seat, _: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        Ok(Vec::new())
    }
}

/// Renews, and does not say what others have claimed.
pub(crate) struct HidesWhatOthersHaveClaimed;

impl Fault for HidesWhatOthersHaveClaimed {
    fn renew(&self, seat: &Seat, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        seat.sound.renew(entries).map(|_| Vec::new())
    }
}

/// A heartbeat that comes too late takes entries from those that have claimed them.
#[derive(Default)]
pub(crate) struct TakesBackWithARenewal(Mutex<HashMap<EntryId, String>>);

impl Fault for TakesBackWithARenewal {
    fn renew(&self, seat: &Seat, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        let mut lost = seat.sound.renew(entries)?;
        let mut taken = lock(&self.0);
        lost.extend(
            entries.iter().filter(|entry| taken.get(entry).is_some_and(|by| by != seat.name())).cloned(),
        );
        taken.extend(lost.iter().map(|entry| (entry.clone(), seat.name().to_owned())));
        Ok(lost)
    }
}

pub(crate) struct LosesWhatIsReleased;

impl Fault for LosesWhatIsReleased {
    fn release(&self, seat: &Seat, entries: &[EntryId]) -> Result<(), BusError> {
        seat.sound.acknowledge(entries)
    }
}

pub(crate) struct KeepsWhatIsReleased;

impl Fault for KeepsWhatIsReleased {
    fn release(&self, _: &Seat, _: &[EntryId]) -> Result<(), BusError> {
        Ok(())
    }
}

pub(crate) struct ReleasesAHundredAtMost;

impl Fault for ReleasesAHundredAtMost {
    fn release(&self, seat: &Seat, entries: &[EntryId]) -> Result<(), BusError> {
        seat.sound.release(&entries[..entries.len().min(100)])
    }
}

/// Publishes the dead letter, and does nothing else.
fn publish(seat: &Seat, delivery: &Delivery, dead_letter: &DeadLetter) -> Result<(), BusError> {
    let message = dead_letter.message(&delivery.message, &seat.subscription.group, delivery.entry.as_str());
    let published = seat.memory.producer()?.publish(&seat.subscription.topic.dead_letters(), &[message]);
    published.map_err(|error| error.error)
}

pub(crate) struct DeadLettersWithoutALook;

impl Fault for DeadLettersWithoutALook {
    fn dead_letter(
        &self,
        seat: &Seat,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        publish(seat, delivery, dead_letter)?;
        seat.sound.acknowledge(std::slice::from_ref(&delivery.entry))?;
        Ok(EntryWrite::Done(None))
    }
}

/// Notices that the entry is another's only when the dead letter is stored.
pub(crate) struct DeadLettersBeforeItLooks;

impl Fault for DeadLettersBeforeItLooks {
    fn dead_letter(
        &self,
        seat: &Seat,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let written = seat.sound.dead_letter(delivery, dead_letter)?;
        if written.done().is_none() {
            publish(seat, delivery, dead_letter)?;
        }
        Ok(written)
    }
}

pub(crate) struct DeadLettersWithoutAcknowledging;

impl Fault for DeadLettersWithoutAcknowledging {
    fn dead_letter(
        &self,
        seat: &Seat,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        publish(seat, delivery, dead_letter).map(|()| EntryWrite::Done(None))
    }
}

pub(crate) struct AcknowledgesWithoutADeadLetter;

impl Fault for AcknowledgesWithoutADeadLetter {
    fn dead_letter(
        &self,
        seat: &Seat,
        delivery: &Delivery,
        _: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        seat.sound.acknowledge(std::slice::from_ref(&delivery.entry))?;
        Ok(EntryWrite::Done(None))
    }
}

/// Counts the dead letters of this consumer only.
#[derive(Default)]
pub(crate) struct CountsItsOwnDeadLetters(Mutex<HashMap<String, u64>>);

impl Fault for CountsItsOwnDeadLetters {
    fn dead_letter(
        &self,
        seat: &Seat,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let written = seat.sound.dead_letter(delivery, dead_letter)?;
        let mut counts = lock(&self.0);
        let count = counts.entry(seat.subscription.group.clone()).or_default();
        *count += 1;
        Ok(written.map(|_| Some(*count)))
    }
}

pub(crate) struct ReportsALostGroupAsClaimed;

impl Fault for ReportsALostGroupAsClaimed {
    fn dead_letter(
        &self,
        seat: &Seat,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let written = seat.sound.dead_letter(delivery, dead_letter)?;
        Ok(if written == EntryWrite::NoGroup { EntryWrite::Claimed } else { written })
    }
}
