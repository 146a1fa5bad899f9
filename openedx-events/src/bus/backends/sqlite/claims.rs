//! What a group has looked at and not done: [`Claims`].

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::claim_batch::{Lot, Record};
use super::clock;
use super::fault::Fault;
use super::log;
use super::log::Log;
use super::row;
use crate::bus::contract::{Batch, Delivery};
use crate::bus::message::Message;

/// So many entries of keys that others have are looked past, and no more.
const MOST_PASSED: usize = 1000;

/// Entries that were passed over go into one row until it has so many.
const PASSED_IN_A_LOT: usize = 100;

/// That a group is consumed for is written again after so many milliseconds, or with something else.
const ACTIVE: i64 = 60_000;

/// A time of claims that lies farther ahead than this is of a clock that was set back. In milliseconds.
const AHEAD: i64 = 10_000;

/// Who wants entries, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claimant {
    pub(super) member: i64,
    pub(super) now: i64,
    pub(super) boot: u32,
    /// After so many milliseconds without a sign of life, the entries of others are free.
    pub(super) idle: i64,
}

impl Claimant {
    fn is_idle(&self, record: &Record) -> bool {
        let alive = self.now.saturating_sub(self.idle).saturating_add(1)..=self.now.saturating_add(AHEAD);
        record.is_released || record.boot != self.boot || !alive.contains(&record.since)
    }

    /// Whether an entry may be handed to this consumer, as far as its key allows.
    fn may_have(&self, member: Option<i64>, record: &Record) -> bool {
        match member {
            None => true,
            Some(member) if member == self.member => record.is_left || record.is_released,
            Some(_) => self.is_idle(record),
        }
    }

    fn record(&self, number: i64, key: u64) -> Record {
        Record {
            number,
            key,
            since: self.now,
            boot: self.boot,
            marks: 0,
            is_left: false,
            is_released: false,
            is_redelivered: false,
        }
    }
}

/// The entries that a group has looked at and not done.
#[derive(Debug)]
pub(super) struct Claims {
    group: i64,
    /// All up to this number was looked at: it is done, or in one of the lots.
    seen: i64,
    lots: Vec<Lot>,
}

impl Claims {
    pub(super) fn load(sql: &Connection, group: i64, seen: i64) -> Result<Self, Fault> {
        let mut statement = sql.prepare_cached("SELECT id, member, records FROM lot WHERE grp = ?1")?;
        let mut rows = statement.query([group])?;
        let mut lots = Vec::new();
        while let Some(row) = rows.next()? {
            let records = row.get_ref(2)?.as_blob().map_err(|_| Fault::damaged("a lot of entries"))?;
            lots.push(Lot::read(row.get(0)?, row.get(1)?, records)?);
        }
        Ok(Self { group, seen, lots })
    }

    /// Writes what has changed, and that the group is consumed for.
    pub(super) fn save(&self, sql: &Connection) -> Result<(), Fault> {
        for lot in self.lots.iter().filter(|lot| lot.is_changed) {
            match lot.id {
                Some(id) if lot.records.is_empty() => {
                    sql.prepare_cached("DELETE FROM lot WHERE id = ?1")?.execute([id])?;
                }
                Some(id) => {
                    let mut update = sql.prepare_cached("UPDATE lot SET records = ?2 WHERE id = ?1")?;
                    update.execute(params![id, lot.blob()])?;
                }
                None if lot.records.is_empty() => {}
                None => {
                    let mut insert =
                        sql.prepare_cached("INSERT INTO lot (grp, member, records) VALUES (?1, ?2, ?3)")?;
                    insert.execute(params![self.group, lot.member, lot.blob()])?;
                }
            }
        }
        let mut update = sql.prepare_cached(
            "UPDATE grp SET seen = ?2, done = ?3, active_at = ?4
             WHERE id = ?1 AND (seen <> ?2 OR done <> ?3 OR active_at NOT BETWEEN ?4 - ?5 AND ?4)",
        )?;
        update.execute([self.group, self.seen, self.done(), clock::wall(), ACTIVE])?;
        Ok(())
    }

    /// All up to this number is done.
    fn done(&self) -> i64 {
        let first = self.lots.iter().flat_map(|lot| &lot.records).map(|record| record.number).min();
        first.map_or(self.seen, |first| first - 1)
    }

    /// How many were read and are not done.
    pub(super) fn pending(&self) -> usize {
        self.lots.iter().filter(|lot| lot.member.is_some()).map(|lot| lot.records.len()).sum()
    }

    /// How many were passed over.
    pub(super) fn passed(&self) -> usize {
        self.lots.iter().filter(|lot| lot.member.is_none()).map(|lot| lot.records.len()).sum()
    }

    /// How many of the topic nobody has read.
    pub(super) fn lag(&self, log: &Log) -> i64 {
        let passed = i64::try_from(self.passed()).unwrap_or(i64::MAX);
        (log.last - self.seen.max(log.gone)).max(0).saturating_add(passed)
    }

    /// Whether [`take`](Self::take) would do anything.
    pub(super) fn is_worthwhile(&self, claimant: Claimant, log: &Log) -> bool {
        let has_new = log.last > self.seen && self.passed() < MOST_PASSED;
        has_new || !self.free(claimant, &self.taken_keys(claimant)).is_empty()
    }

    /// Keys of which others have unfinished entries.
    fn taken_keys(&self, claimant: Claimant) -> HashSet<u64> {
        let of_others = |lot: &&Lot| lot.member.is_some_and(|member| member != claimant.member);
        let records = self.lots.iter().filter(of_others).flat_map(|lot| &lot.records);
        records.filter(|each| each.key != 0 && !claimant.is_idle(each)).map(|each| each.key).collect()
    }

    /// What the consumer may have of the entries that were looked at: whether it was passed over, and the entry. Those that
    /// were read before come first.
    fn free(&self, claimant: Claimant, taken_keys: &HashSet<u64>) -> Vec<(bool, Record)> {
        let mut free = Vec::new();
        for lot in &self.lots {
            let may_have =
                |record: &&Record| claimant.may_have(lot.member, record) && !taken_keys.contains(&record.key);
            free.extend(lot.records.iter().filter(may_have).map(|record| (lot.member.is_none(), *record)));
        }
        free.sort_unstable_by_key(|(is_passed, record)| (*is_passed, record.number));
        free
    }

    /// Hands out the next entries, at most `max`.
    pub(super) fn take(
        &mut self,
        sql: &Connection,
        log: &Log,
        claimant: Claimant,
        max: usize,
    ) -> Result<Batch, Fault> {
        let taken_keys = self.taken_keys(claimant);
        let (mut batch, mut taken) = (Batch::default(), Lot::new(Some(claimant.member)));
        self.take_free(sql, log, claimant, max, &taken_keys, (&mut batch, &mut taken))?;
        self.take_new(sql, log, claimant, max, &taken_keys, (&mut batch, &mut taken))?;
        self.lots.push(taken);
        Ok(batch)
    }

    fn take_free(
        &mut self,
        sql: &Connection,
        log: &Log,
        claimant: Claimant,
        max: usize,
        taken_keys: &HashSet<u64>,
        (batch, taken): (&mut Batch, &mut Lot),
    ) -> Result<(), Fault> {
        let mut numbers = Vec::new();
        for (is_passed, record) in self.free(claimant, taken_keys) {
            if batch.deliveries.len() == max {
                break;
            }
            numbers.push(record.number);
            let Some(message) = log.entry(sql, record.number)? else {
                if is_passed {
                    batch.missed += 1;
                } else {
                    batch.trimmed.push(log::id(record.number));
                }
                continue;
            };
            // What was released was not begun, but may have been before that.
            let is_redelivered = record.is_redelivered || !(is_passed || record.is_released);
            let fresh = claimant.record(record.number, record.key);
            taken.push(Record { marks: record.marks, is_redelivered, ..fresh });
            batch.deliveries.push(Delivery::new(log::id(record.number), message).redelivered(is_redelivered));
        }
        self.remove(&mut numbers, |_| true);
        Ok(())
    }

    fn take_new(
        &mut self,
        sql: &Connection,
        log: &Log,
        claimant: Claimant,
        max: usize,
        taken_keys: &HashSet<u64>,
        (batch, taken): (&mut Batch, &mut Lot),
    ) -> Result<(), Fault> {
        let mut room = MOST_PASSED.saturating_sub(self.passed());
        let (mut seen, mut passed) = (self.seen, Vec::new());
        if batch.deliveries.len() >= max || room == 0 || seen >= log.last {
            return Ok(());
        }
        let mut is_at_end = true;
        log.each(sql, seen, |number, message| {
            batch.missed += u64::try_from(number - seen - 1).unwrap_or_default();
            seen = number;
            let key = key(&message);
            if taken_keys.contains(&key) {
                passed.push(claimant.record(number, key));
                room -= 1;
            } else {
                taken.push(claimant.record(number, key));
                batch.deliveries.push(Delivery::new(log::id(number), message));
            }
            is_at_end = batch.deliveries.len() < max && room > 0;
            is_at_end
        })?;
        if is_at_end {
            batch.missed += u64::try_from(log.last - seen).unwrap_or_default();
            seen = log.last;
        }
        self.seen = seen;
        for record in passed {
            self.pass(record);
        }
        Ok(())
    }

    fn pass(&mut self, record: Record) {
        let has_room = |lot: &&mut Lot| lot.member.is_none() && lot.records.len() < PASSED_IN_A_LOT;
        if let Some(lot) = self.lots.iter_mut().rev().find(has_room) {
            lot.push(record);
        } else {
            let mut lot = Lot::new(None);
            lot.push(record);
            self.lots.push(lot);
        }
    }

    /// Takes entries out of the lots whose member is meant.
    fn remove(&mut self, numbers: &mut [i64], is_meant: impl Fn(Option<i64>) -> bool) {
        numbers.sort_unstable();
        for lot in self.lots.iter_mut().filter(|lot| is_meant(lot.member)) {
            lot.take(|record| numbers.binary_search(&record.number).is_ok());
        }
    }

    /// A consumer begins anew, and gets what it had.
    pub(super) fn leave(&mut self, member: i64) {
        for lot in self.lots.iter_mut().filter(|lot| lot.member == Some(member)) {
            lot.change(|record| !std::mem::replace(&mut record.is_left, true));
        }
    }

    /// Entries are done, whoever has them. Those that were passed over were never handed out, and are not.
    pub(super) fn acknowledge(&mut self, numbers: &mut [i64]) {
        if !numbers.is_empty() {
            self.remove(numbers, |member| member.is_some());
        }
    }

    /// Gives those that are not the consumer's.
    pub(super) fn keep(&mut self, numbers: &[i64], claimant: Claimant) -> Vec<i64> {
        let mut kept = HashSet::new();
        self.change(numbers, claimant.member, |record| {
            kept.insert(record.number);
            record.since = claimant.now;
            record.boot = claimant.boot;
            record.is_released = false;
            true
        });
        numbers.iter().copied().filter(|number| !kept.contains(number)).collect()
    }

    pub(super) fn release(&mut self, numbers: &[i64], member: i64) {
        self.change(numbers, member, |record| !std::mem::replace(&mut record.is_released, true));
    }

    fn change(&mut self, numbers: &[i64], member: i64, mut change: impl FnMut(&mut Record) -> bool) {
        for lot in self.lots.iter_mut().filter(|lot| lot.member == Some(member)) {
            lot.change(|record| numbers.binary_search(&record.number).is_ok() && change(record));
        }
    }

    /// How often the entry was marked, this time included. One that is done is not marked: it does not come again.
    pub(super) fn mark(&mut self, number: i64) -> u32 {
        let mut marks = 1;
        for lot in self.lots.iter_mut().filter(|lot| lot.member.is_some()) {
            lot.change(|record| {
                let is_meant = record.number == number;
                if is_meant {
                    record.marks = record.marks.saturating_add(1);
                    marks = record.marks;
                }
                is_meant
            });
        }
        marks
    }
}

fn key(message: &Message) -> u64 {
    message.key().map_or(0, row::key_hash)
}
