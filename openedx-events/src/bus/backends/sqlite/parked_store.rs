//! Parking: what a [`Reader`] does with events that wait for receivers.

use rusqlite::Connection as Sql;

use super::fault::Fault;
use super::growth::GrowthLimit;
use super::log;
use super::log::Log;
use super::parked::Parked;
use super::place::Place;
use super::reader::Reader;
use super::retention;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{
    Delivery, EntryWrite, ParkedChange, ParkedEvent, ParkedId, ParkedStart, ParkedStore, Parking,
};
use crate::bus::message::Message;
use crate::bus::message::dead_letter::DeadLetter;

impl Reader {
    /// What this consumer has parked. `None` if it has lost its group or its name, and with that what it had.
    fn parked_in<'s>(&self, sql: &'s Sql) -> Result<Option<Parked<'s>>, Fault> {
        self.own_place(sql)?.map(|place| self.parked_of(sql, &place)).transpose()
    }

    /// The place of this consumer. `None` if it has lost its group or its name.
    fn own_place(&self, sql: &Sql) -> Result<Option<Place>, Fault> {
        Ok(Place::find(sql, &self.subscription)?.filter(|place| place.member.is_of(&self.owner)))
    }

    fn parked_of<'s>(&self, sql: &'s Sql, place: &Place) -> Result<Parked<'s>, Fault> {
        Parked::of(sql, place.group.id, self.claimant(place.member.id))
    }

    /// Changes what this consumer has parked. Returns the default if it has lost that.
    fn change_parked<T: Default>(
        &self,
        tried: &str,
        act: impl FnOnce(&mut Parked<'_>) -> Result<T, Fault>,
    ) -> Result<T, BusError> {
        self.connection().write(tried, |sql| {
            self.parked_in(sql)?.map_or_else(|| Ok(T::default()), |mut parked| act(&mut parked))
        })
    }

    /// Parks events with these numbers, which all are of this place.
    fn park_in(
        &self,
        sql: &Sql,
        place: &Place,
        events: &[Parking<'_>],
        numbers: &[i64],
    ) -> Result<Vec<EntryWrite<ParkedId>>, Fault> {
        let mut claims = place.group.claims(sql)?;
        let mut parked = self.parked_of(sql, place)?;
        let mut own = claims.numbers(place.member.id);
        let (mut done, mut letters, mut written) = (Vec::new(), Vec::new(), Vec::with_capacity(events.len()));
        for (Parking { delivery, waiting, dead_letter }, number) in events.iter().zip(numbers) {
            // Removed, so that an entry that is given twice is parked once.
            if !own.remove(number) {
                written.push(EntryWrite::Claimed);
                continue;
            }
            if done.is_empty() {
                parked.join()?;
            }
            written.push(EntryWrite::Done(parked.push(*number, &delivery.message, waiting)?));
            done.push(*number);
            letters.extend(dead_letter.map(|letter| self.letter(delivery, letter)));
        }
        claims.acknowledge(&mut done);
        claims.save(sql)?;
        self.append_letters(sql, &letters)?;
        Ok(written)
    }

    fn letter(&self, delivery: &Delivery, letter: &DeadLetter) -> Message {
        letter.message(&delivery.message, &self.subscription.group, delivery.entry.as_str())
    }

    /// Returns the number of dead letters that there are, if any are added.
    fn append_letters(&self, sql: &Sql, letters: &[Message]) -> Result<Option<u64>, Fault> {
        if letters.is_empty() {
            return Ok(None);
        }
        let mut dead_letters = Log::find_or_create(sql, &self.subscription.topic.dead_letters())?;
        dead_letters.append(sql, letters)?;
        Ok(Some(dead_letters.len(sql)?))
    }
}

impl ParkedStore for Reader {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let numbers = events.iter().map(|event| log::number(&event.delivery.entry));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        let connection = self.connection();
        let messages = events.iter().map(|event| &event.delivery.message);
        let limit = GrowthLimit::of_disk(&connection.file, &self.options, messages)
            .or_else(|| GrowthLimit::of_file(&self.options));
        connection.write("park events", |sql| {
            let Some(mut place) = Place::find(sql, &self.subscription)? else {
                return Ok(vec![EntryWrite::NoGroup; events.len()]);
            };
            if !place.member.is_of(&self.owner) {
                return Ok(vec![EntryWrite::Claimed; events.len()]);
            }
            GrowthLimit::guard(limit, sql, || {
                // The entries of what was parked before make room for these: a backlog that is parked is not stored twice.
                retention::step(sql, &mut place.log, &self.options, events.len().saturating_mul(2))?;
                self.park_in(sql, &place, events, &numbers)
            })
        })
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        let after = after.map_or(0, |after| i64::try_from(after.number()).unwrap_or(i64::MAX));
        self.change_parked("list parked events", |parked| {
            parked.renew()?;
            parked.list(after, max)
        })
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        // Called before each read: it must not wait for those who write while there is nothing to claim.
        let has_gone = self.connection().look("look for parked events", |sql| {
            self.parked_in(sql)?.map_or(Ok(false), |parked| parked.are_others_gone())
        })?;
        if !has_gone {
            return Ok(Vec::new());
        }
        self.connection().write("claim parked events", |sql| {
            let Some(place) = self.own_place(sql)? else { return Ok(Vec::new()) };
            let mut parked = self.parked_of(sql, &place)?;
            let mut claims = place.group.claims(sql)?;
            let claimed = parked.claim(&mut claims, max)?;
            claims.save(sql)?;
            Ok(claimed)
        })
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        let started = self.change_parked("start parked events", |parked| {
            parked.renew()?;
            parked.start(events)
        })?;
        Ok(if started.is_empty() { vec![None; events.len()] } else { started })
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        self.change_parked("settle parked events", |parked| {
            let are_own = parked.settle(events)?;
            let own = events.iter().zip(are_own).filter(|(_, is_own)| *is_own);
            let letters = own.filter_map(|(event, _)| event.dead_letter);
            let letters: Vec<_> = letters.map(|(delivery, letter)| self.letter(delivery, letter)).collect();
            parked.leave_if_empty()?;
            self.append_letters(parked.sql, &letters)
        })
    }

    fn renew(&self) -> Result<(), BusError> {
        self.change_parked("renew parked events", |parked| parked.renew())
    }
}
