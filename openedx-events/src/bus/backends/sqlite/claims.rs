//! Entries that a group has looked at and not done: [`Claims`].

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::claim_batch::{ClaimBatch, Record};
use super::clock;
use super::fault::Fault;
use super::log;
use super::log::Log;
use super::row;
use crate::bus::contract::{Batch, Delivery, EntryWrite};
use crate::bus::message::Message;

/// Maximum number of entries that are passed over because other consumers have their keys.
const MAX_PASSED: usize = 1000;

/// Maximum number of passed-over entries in one row.
const MAX_PASSED_IN_BATCH: usize = 100;

/// How often the time of a group's last activity is written, in milliseconds, if nothing else is.
const ACTIVE_INTERVAL: i64 = 60_000;

/// A heartbeat that is farther ahead than this was sent before the clock was set back. In milliseconds.
const MAX_AHEAD: i64 = 10_000;

/// The consumer that claims entries, and the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claimant {
    pub(super) member: i64,
    pub(super) now: i64,
    pub(super) boot: u32,
    /// Milliseconds without a heartbeat after which entries of other consumers are free.
    pub(super) claim_after: i64,
}

impl Claimant {
    fn is_idle(&self, record: &Record) -> bool {
        let alive =
            self.now.saturating_sub(self.claim_after).saturating_add(1)..=self.now.saturating_add(MAX_AHEAD);
        record.is_released || record.boot != self.boot || !alive.contains(&record.heartbeat)
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
            heartbeat: self.now,
            boot: self.boot,
            attempts: 0,
            is_left: false,
            is_released: false,
            is_redelivered: false,
        }
    }
}

/// One call of [`Claims::claim`].
struct Claim<'a> {
    sql: &'a Connection,
    log: &'a Log,
    claimant: Claimant,
    /// Entries to claim, at most.
    max: usize,
    /// Keys of which other consumers have unfinished entries.
    taken_keys: HashSet<u64>,
    /// What it returns.
    batch: Batch,
    /// What it has claimed.
    claimed: ClaimBatch,
}

impl Claim<'_> {
    fn is_full(&self) -> bool {
        self.batch.deliveries.len() >= self.max
    }

    fn add(&mut self, record: Record, message: Message) {
        let delivery = Delivery::new(log::id(record.number), message);
        self.batch.deliveries.push(delivery.redelivered(record.is_redelivered));
        self.claimed.push(record);
    }
}

/// The entries that a group has looked at and not done.
#[derive(Debug)]
pub(super) struct Claims {
    group: i64,
    /// All up to this number were looked at: they are done, or in one of the batches.
    seen: i64,
    batches: Vec<ClaimBatch>,
}

impl Claims {
    pub(super) fn load(sql: &Connection, group: i64, seen: i64) -> Result<Self, Fault> {
        let mut statement = sql.prepare_cached("SELECT id, member, records FROM lot WHERE grp = ?1")?;
        let mut rows = statement.query([group])?;
        let mut batches = Vec::new();
        while let Some(row) = rows.next()? {
            let records = row.get_ref(2)?.as_blob().map_err(|_| Fault::damaged("a claim batch"))?;
            batches.push(ClaimBatch::read(row.get(0)?, row.get(1)?, records)?);
        }
        Ok(Self { group, seen, batches })
    }

    /// Writes what has changed, and that somebody consumes for the group.
    pub(super) fn save(&self, sql: &Connection) -> Result<(), Fault> {
        for batch in self.batches.iter().filter(|batch| batch.is_changed) {
            match batch.id {
                Some(id) if batch.records.is_empty() => {
                    sql.prepare_cached("DELETE FROM lot WHERE id = ?1")?.execute([id])?;
                }
                Some(id) => {
                    let mut update = sql.prepare_cached("UPDATE lot SET records = ?2 WHERE id = ?1")?;
                    update.execute(params![id, batch.blob()])?;
                }
                None if batch.records.is_empty() => {}
                None => {
                    let mut insert =
                        sql.prepare_cached("INSERT INTO lot (grp, member, records) VALUES (?1, ?2, ?3)")?;
                    insert.execute(params![self.group, batch.member, batch.blob()])?;
                }
            }
        }
        let mut update = sql.prepare_cached(
            "UPDATE grp SET seen = ?2, done = ?3, active_at = ?4
             WHERE id = ?1 AND (seen <> ?2 OR done <> ?3 OR active_at NOT BETWEEN ?4 - ?5 AND ?4)",
        )?;
        update.execute([self.group, self.seen, self.done(), clock::wall(), ACTIVE_INTERVAL])?;
        Ok(())
    }

    /// All up to this number are done.
    fn done(&self) -> i64 {
        let first = self.batches.iter().flat_map(|batch| &batch.records).map(|record| record.number).min();
        first.map_or(self.seen, |first| first - 1)
    }

    /// The number of entries that were read and are not done.
    pub(super) fn pending(&self) -> usize {
        self.batches.iter().filter(|batch| batch.member.is_some()).map(|batch| batch.records.len()).sum()
    }

    /// The number of entries that were passed over.
    pub(super) fn passed(&self) -> usize {
        self.batches.iter().filter(|batch| batch.member.is_none()).map(|batch| batch.records.len()).sum()
    }

    /// The number of entries of the topic that nobody has read.
    pub(super) fn lag(&self, log: &Log) -> i64 {
        let passed = i64::try_from(self.passed()).unwrap_or(i64::MAX);
        (log.last - self.seen.max(log.removed)).max(0).saturating_add(passed)
    }

    /// Whether [`claim`](Self::claim) would do anything.
    pub(super) fn is_worthwhile(&self, claimant: Claimant, log: &Log) -> bool {
        let has_new = log.last > self.seen && self.passed() < MAX_PASSED;
        has_new || !self.free(claimant, &self.taken_keys(claimant)).is_empty()
    }

    /// Keys of which other consumers have unfinished entries.
    fn taken_keys(&self, claimant: Claimant) -> HashSet<u64> {
        let of_others = |batch: &&ClaimBatch| batch.member.is_some_and(|member| member != claimant.member);
        let records = self.batches.iter().filter(of_others).flat_map(|batch| &batch.records);
        records.filter(|each| each.key != 0 && !claimant.is_idle(each)).map(|each| each.key).collect()
    }

    /// The entries that were looked at and that the consumer may have, each with whether it was passed over. Those that were
    /// read before come first.
    fn free(&self, claimant: Claimant, taken_keys: &HashSet<u64>) -> Vec<(bool, Record)> {
        let mut free = Vec::new();
        for batch in &self.batches {
            let may_have = |record: &&Record| {
                claimant.may_have(batch.member, record) && !taken_keys.contains(&record.key)
            };
            free.extend(
                batch.records.iter().filter(may_have).map(|record| (batch.member.is_none(), *record)),
            );
        }
        free.sort_unstable_by_key(|(is_passed, record)| (*is_passed, record.number));
        free
    }

    /// Claims the next entries, at most `max`.
    pub(super) fn claim(
        &mut self,
        sql: &Connection,
        log: &Log,
        claimant: Claimant,
        max: usize,
    ) -> Result<Batch, Fault> {
        let taken_keys = self.taken_keys(claimant);
        let (batch, claimed) = (Batch::default(), ClaimBatch::new(Some(claimant.member)));
        let mut claim = Claim { sql, log, claimant, max, taken_keys, batch, claimed };
        self.claim_free(&mut claim)?;
        self.claim_new(&mut claim)?;
        self.batches.push(claim.claimed);
        Ok(claim.batch)
    }

    fn claim_free(&mut self, claim: &mut Claim<'_>) -> Result<(), Fault> {
        let mut numbers = Vec::new();
        for (is_passed, record) in self.free(claim.claimant, &claim.taken_keys) {
            if claim.is_full() {
                break;
            }
            numbers.push(record.number);
            let Some(message) = claim.log.entry(claim.sql, record.number)? else {
                if is_passed {
                    claim.batch.missed += 1;
                } else {
                    claim.batch.trimmed.push(log::id(record.number));
                }
                continue;
            };
            // What was released was not started, but may have been before that.
            let is_redelivered = record.is_redelivered || !(is_passed || record.is_released);
            let fresh = claim.claimant.record(record.number, record.key);
            claim.add(Record { attempts: record.attempts, is_redelivered, ..fresh }, message);
        }
        self.remove(&mut numbers, |_| true);
        Ok(())
    }

    fn claim_new(&mut self, claim: &mut Claim<'_>) -> Result<(), Fault> {
        let (sql, log) = (claim.sql, claim.log);
        let mut room = MAX_PASSED.saturating_sub(self.passed());
        let (mut seen, mut passed) = (self.seen, Vec::new());
        if claim.is_full() || room == 0 || seen >= log.last {
            return Ok(());
        }
        let mut is_at_end = true;
        log.each(sql, seen, |number, message| {
            claim.batch.missed += u64::try_from(number - seen - 1).unwrap_or_default();
            seen = number;
            let record = claim.claimant.record(number, key(&message));
            if claim.taken_keys.contains(&record.key) {
                passed.push(record);
                room -= 1;
            } else {
                claim.add(record, message);
            }
            is_at_end = !claim.is_full() && room > 0;
            is_at_end
        })?;
        if is_at_end {
            claim.batch.missed += u64::try_from(log.last - seen).unwrap_or_default();
            seen = log.last;
        }
        self.seen = seen;
        for record in passed {
            self.pass(record);
        }
        Ok(())
    }

    fn pass(&mut self, record: Record) {
        let has_room =
            |batch: &&mut ClaimBatch| batch.member.is_none() && batch.records.len() < MAX_PASSED_IN_BATCH;
        if let Some(batch) = self.batches.iter_mut().rev().find(has_room) {
            batch.push(record);
        } else {
            let mut batch = ClaimBatch::new(None);
            batch.push(record);
            self.batches.push(batch);
        }
    }

    /// Removes entries from the batches of these members.
    fn remove(&mut self, numbers: &mut [i64], of_member: impl Fn(Option<i64>) -> bool) {
        numbers.sort_unstable();
        for batch in self.batches.iter_mut().filter(|batch| of_member(batch.member)) {
            batch.remove(|record| numbers.binary_search(&record.number).is_ok());
        }
    }

    /// A consumer has restarted: it gets what it had once more.
    pub(super) fn restart(&mut self, member: i64) {
        for batch in self.batches.iter_mut().filter(|batch| batch.member == Some(member)) {
            batch.change(|record| !std::mem::replace(&mut record.is_left, true));
        }
    }

    /// Removes entries that are done, whichever consumer has them. Those that were passed over were never handed out, and stay.
    pub(super) fn acknowledge(&mut self, numbers: &mut [i64]) {
        if !numbers.is_empty() {
            self.remove(numbers, |member| member.is_some());
        }
    }

    /// Renews the claims of a consumer, and returns the entries that are not its own.
    pub(super) fn renew(&mut self, numbers: &[i64], claimant: Claimant) -> Vec<i64> {
        let mut renewed = HashSet::new();
        self.change(numbers, claimant.member, |record| {
            renewed.insert(record.number);
            record.heartbeat = claimant.now;
            record.boot = claimant.boot;
            record.is_released = false;
            true
        });
        numbers.iter().copied().filter(|number| !renewed.contains(number)).collect()
    }

    pub(super) fn release(&mut self, numbers: &[i64], member: i64) {
        self.change(numbers, member, |record| !std::mem::replace(&mut record.is_released, true));
    }

    fn change(&mut self, numbers: &[i64], member: i64, mut change: impl FnMut(&mut Record) -> bool) {
        for batch in self.batches.iter_mut().filter(|batch| batch.member == Some(member)) {
            batch.change(|record| numbers.binary_search(&record.number).is_ok() && change(record));
        }
    }

    /// Changes the record of an entry, if this member has the entry.
    pub(super) fn write_for<T>(
        &mut self,
        number: i64,
        member: i64,
        write: impl FnOnce(&mut Record) -> T,
    ) -> EntryWrite<T> {
        let (mut write, mut written) = (Some(write), EntryWrite::Claimed);
        self.change(&[number], member, |record| {
            if let Some(write) = write.take() {
                written = EntryWrite::Done(write(record));
            }
            true
        });
        written
    }
}

fn key(message: &Message) -> u64 {
    message.key().map_or(0, row::key_hash)
}
