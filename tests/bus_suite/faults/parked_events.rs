//! Parked events are shown or changed wrongly.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Backend as _, BusError, Delivery, EntryId, ParkedChange, ParkedEvent, ParkedEvents as _, ParkedId,
    ParkedPlace, ParkedStart, ParkedWrite, StartAt, Topic,
};

use super::lock;
use crate::broken::{Fault, Seat};

type Listed = Result<Vec<(ParkedPlace, ParkedEvent)>, BusError>;
type Read = Result<Vec<Option<Delivery>>, BusError>;
type Written = Result<Vec<ParkedWrite>, BusError>;
type Changes<'a> = [(&'a ParkedPlace, ParkedChange<'a>)];

pub(crate) struct ListingCreatesTheGroup;

impl Fault for ListingCreatesTheGroup {
    fn list_all_parked(
        &self,
        sound: &Memory,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Listed {
        sound.create_group(topic, group, StartAt::Earliest)?;
        sound.list(topic, group, after, max)
    }
}

pub(crate) struct ListsTheEventsOfOneConsumer;

impl Fault for ListsTheEventsOfOneConsumer {
    fn list_all_parked(
        &self,
        sound: &Memory,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Listed {
        let mut listed = sound.list(topic, group, after, max)?;
        let first = listed.first().map(|(place, _)| place.consumer.clone());
        listed.retain(|(place, _)| Some(&place.consumer) == first.as_ref());
        Ok(listed)
    }
}

/// A page begins behind the number of the last one, also with another consumer.
pub(crate) struct PagesByTheNumber;

impl Fault for PagesByTheNumber {
    fn list_all_parked(
        &self,
        sound: &Memory,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Listed {
        let mut listed = sound.list(topic, group, None, usize::MAX)?;
        listed.retain(|(place, _)| after.is_none_or(|after| place.id > after.id));
        listed.truncate(max);
        Ok(listed)
    }
}

/// What was read counts as started.
#[derive(Default)]
pub(crate) struct ReadingCountsAStart(Mutex<BTreeSet<ParkedPlace>>);

impl Fault for ReadingCountsAStart {
    fn read_parked(&self, sound: &Memory, topic: &Topic, group: &str, events: &[ParkedPlace]) -> Read {
        lock(&self.0).extend(events.iter().cloned());
        sound.read(topic, group, events)
    }

    fn list_all_parked(
        &self,
        sound: &Memory,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Listed {
        let mut listed = sound.list(topic, group, after, max)?;
        for (place, event) in &mut listed {
            event.starts += u32::from(lock(&self.0).contains(place));
        }
        Ok(listed)
    }
}

/// Messages are found by their numbers alone.
pub(crate) struct ReadsWhatIsElsewhere;

impl Fault for ReadsWhatIsElsewhere {
    fn read_parked(&self, sound: &Memory, topic: &Topic, group: &str, events: &[ParkedPlace]) -> Read {
        let listed = sound.list(topic, group, None, usize::MAX)?;
        let find = |place: &ParkedPlace| {
            let found = listed.iter().find(|(listed, _)| listed.id == place.id);
            found.map_or_else(|| place.clone(), |(listed, _)| listed.clone())
        };
        sound.read(topic, group, &events.iter().map(find).collect::<Vec<_>>())
    }
}

pub(crate) struct ChangesWithoutADeadLetter;

impl Fault for ChangesWithoutADeadLetter {
    fn change_parked(&self, sound: &Memory, topic: &Topic, group: &str, changes: &Changes<'_>) -> Written {
        let changes: Vec<_> = changes
            .iter()
            .map(|(place, change)| (*place, ParkedChange { dead_letter: None, ..*change }))
            .collect();
        sound.change(topic, group, &changes)
    }
}

/// What is to be removed waits for what it has waited for.
pub(crate) struct RemovesNothing;

impl Fault for RemovesNothing {
    fn change_parked(&self, sound: &Memory, topic: &Topic, group: &str, changes: &Changes<'_>) -> Written {
        let mut written = Vec::new();
        for (place, change) in changes {
            let listed = sound.list(topic, group, None, usize::MAX)?;
            let event = listed.iter().find(|(listed, _)| listed == *place);
            let before = event.map(|(_, event)| event.waiting.clone()).unwrap_or_default();
            let waiting = if change.waiting.is_empty() { &before } else { change.waiting };
            written.extend(sound.change(topic, group, &[(place, ParkedChange { waiting, ..*change })])?);
        }
        Ok(written)
    }
}

/// What is to wait for others is lost.
pub(crate) struct RemovesWhatStillWaits;

impl Fault for RemovesWhatStillWaits {
    fn change_parked(&self, sound: &Memory, topic: &Topic, group: &str, changes: &Changes<'_>) -> Written {
        let changes: Vec<_> = changes
            .iter()
            .map(|(place, change)| (*place, ParkedChange { waiting: &[], ..*change }))
            .collect();
        sound.change(topic, group, &changes)
    }
}

/// The events wait for the same receivers as before.
pub(crate) struct ChangesNothing;

impl Fault for ChangesNothing {
    fn change_parked(&self, _: &Memory, _: &Topic, _: &str, changes: &Changes<'_>) -> Written {
        Ok(vec![ParkedWrite::Done; changes.len()])
    }
}

/// It says of what it leaves alone that it is changed.
pub(crate) struct SaysDoneInsteadOf(pub(crate) ParkedWrite);

impl Fault for SaysDoneInsteadOf {
    fn change_parked(&self, sound: &Memory, topic: &Topic, group: &str, changes: &Changes<'_>) -> Written {
        let mut written = sound.change(topic, group, changes)?;
        written.iter_mut().filter(|write| **write == self.0).for_each(|write| *write = ParkedWrite::Done);
        Ok(written)
    }
}

/// What a consumer starts under the number that an event had before it was changed is this event.
#[derive(Default)]
pub(crate) struct KnowsOldNumbers(Mutex<BTreeMap<ParkedId, EntryId>>);

impl Fault for KnowsOldNumbers {
    fn change_parked(&self, sound: &Memory, topic: &Topic, group: &str, changes: &Changes<'_>) -> Written {
        for (place, _) in changes {
            let read = sound.read(topic, group, std::slice::from_ref(*place))?;
            lock(&self.0).extend(read.into_iter().flatten().map(|delivery| (place.id, delivery.entry)));
        }
        sound.change(topic, group, changes)
    }

    fn start_parked(&self, seat: &Seat, events: &[ParkedStart]) -> Read {
        let (topic, group) = (&seat.subscription.topic, &seat.subscription.group);
        let places: Vec<_> =
            seat.memory.list(topic, group, None, usize::MAX)?.into_iter().map(|(place, _)| place).collect();
        let read = seat.memory.read(topic, group, &places)?;
        let new = |start: &ParkedStart| {
            let entry = lock(&self.0).get(&start.id).cloned();
            let is_same =
                |delivery: &Option<Delivery>| delivery.as_ref().map(|event| &event.entry) == entry.as_ref();
            let number = entry.is_some().then(|| read.iter().position(is_same)).flatten();
            ParkedStart { id: number.map_or(start.id, |number| places[number].id), ..*start }
        };
        seat.store()?.start(&events.iter().map(new).collect::<Vec<_>>())
    }
}

/// Dead letters are stored before it is known whether the event is changed.
pub(crate) struct DeadLettersWhatIsElsewhere;

impl Fault for DeadLettersWhatIsElsewhere {
    fn change_parked(&self, sound: &Memory, topic: &Topic, group: &str, changes: &Changes<'_>) -> Written {
        let written = sound.change(topic, group, changes)?;
        for ((_, change), write) in changes.iter().zip(&written) {
            if let (Some((delivery, letter)), false) = (change.dead_letter, *write == ParkedWrite::Done) {
                let message = letter.message(&delivery.message, group, delivery.entry.as_str());
                let _ = sound.producer()?.publish(&topic.dead_letters(), &[message]);
            }
        }
        Ok(written)
    }
}

/// It does not look whether events still are as they were listed.
pub(crate) struct ChangesWithoutALook;

impl Fault for ChangesWithoutALook {
    fn change_parked(&self, sound: &Memory, topic: &Topic, group: &str, changes: &Changes<'_>) -> Written {
        let without_a_look = |place: &ParkedPlace| ParkedPlace::new(place.consumer.clone(), place.id);
        let places: Vec<_> = changes.iter().map(|(place, _)| without_a_look(place)).collect();
        let changes: Vec<_> =
            places.iter().zip(changes).map(|(place, (_, change))| (place, *change)).collect();
        sound.change(topic, group, &changes)
    }
}
