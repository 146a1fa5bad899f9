//! Entries that a group has looked at and not done: [`Claims`].

use std::collections::HashSet;

use rusqlite::{Connection, Rows, params};

use super::claim_batch::{ClaimBatch, Record};
use super::claimant::Claimant;
use super::clock;
use super::fault::Fault;
use super::key_map::{KeyMap, KeySet};
use super::log;
use super::log::Log;
use super::parked_keys::ParkedKeys;
use super::rests::{self, Rest, Rests};
use super::row;
use crate::bus::contract::{Batch, Delivery, EntryWrite};
use crate::bus::message::Message;

/// Maximum number of unfinished entries of one key that a consumer has. More would fill it with a key that hangs.
const MAX_HELD_OF_KEY: usize = 100;

/// Maximum number of entries that are passed over, with a record of each, because their keys are not free.
const MAX_PASSED: usize = 1000;

/// Maximum number of those with one key; those behind them are a [`Rest`].
const MAX_PASSED_OF_KEY: usize = 100;

/// Maximum number of entries to look at in one transaction, which holds up other writers.
const MAX_LOOKED_AT: usize = 5000;

/// Maximum number of passed-over entries in one row.
const MAX_PASSED_IN_BATCH: usize = 100;

/// How often the time of a group's last activity is written, in milliseconds, if nothing else is.
const ACTIVE_INTERVAL: i64 = 60_000;

/// One call of [`Claims::claim`].
struct Claim<'a> {
    sql: &'a Connection,
    log: &'a Log,
    claimant: Claimant,
    /// Entries to claim, at most.
    max: usize,
    busy_keys: BusyKeys<'a>,
    /// The number of entries that it has looked at in the topic.
    looked_at: usize,
    /// What it returns.
    batch: Batch,
    /// What it has claimed.
    claimed: ClaimBatch,
}

/// Which keys are not free for a consumer.
struct BusyKeys<'a> {
    /// Keys of which other consumers have unfinished entries.
    taken: KeySet,
    /// The number of unfinished entries of a key that the consumer has itself.
    held: KeyMap<usize>,
    /// Keys of which other consumers have parked events: those come before all entries.
    parked: ParkedKeys<'a>,
}

impl BusyKeys<'_> {
    fn has(&mut self, key: u64) -> Result<bool, Fault> {
        let is_held_enough = || self.held.get(&key).is_some_and(|held| *held >= MAX_HELD_OF_KEY);
        Ok(key != 0 && (self.taken.contains(&key) || is_held_enough() || self.parked.has(key)?))
    }
}

impl Claim<'_> {
    /// Whether it must not look at more entries now.
    fn is_long(&self) -> bool {
        self.looked_at >= MAX_LOOKED_AT
    }

    fn is_full(&self) -> bool {
        self.batch.deliveries.len() >= self.max
    }

    fn add(&mut self, record: Record, message: Message) {
        let delivery = Delivery::new(log::id(record.number), message);
        self.batch.deliveries.push(delivery.redelivered(record.is_redelivered));
        if record.key != 0 {
            *self.busy_keys.held.entry(record.key).or_default() += 1;
        }
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
    rests: Rests,
}

/// What a consumer gets.
pub(super) struct Claimed {
    pub(super) batch: Batch,
    /// There was too much to look at for one transaction.
    pub(super) is_unfinished: bool,
}

/// An entry that a consumer may have, as far as its key allows.
struct Free {
    record: Record,
    origin: Origin,
}

/// Where a free entry comes from. Those that were read before come first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// A consumer has read it: this one, before it restarted.
    Own,
    /// Another consumer has read it.
    Other,
    /// It was passed over.
    Passed,
}

impl Claims {
    pub(super) fn load(sql: &Connection, group: i64, seen: i64) -> Result<Self, Fault> {
        let mut statement = sql.prepare_cached("SELECT id, member, records FROM lot WHERE grp = ?1")?;
        Self::read(statement.query([group])?, group, seen)
    }

    /// Only those of one consumer, to change their records: far less to read.
    pub(super) fn load_own(sql: &Connection, group: i64, seen: i64, member: i64) -> Result<Self, Fault> {
        let mut statement =
            sql.prepare_cached("SELECT id, member, records FROM lot WHERE grp = ?1 AND member = ?2")?;
        Self::read(statement.query([group, member])?, group, seen)
    }

    /// The keys of which other consumers have unfinished entries.
    pub(super) fn keys_of_others(&self, claimant: Claimant) -> KeySet {
        let of_others = |batch: &&ClaimBatch| batch.member.is_some_and(|member| member != claimant.member);
        let records = self.batches.iter().filter(of_others).flat_map(|batch| &batch.records);
        let taken = records.filter(|record| record.key != 0 && !claimant.is_idle(record));
        taken.map(|record| record.key).collect()
    }

    fn read(mut rows: Rows<'_>, group: i64, seen: i64) -> Result<Self, Fault> {
        let (mut batches, mut rests) = (Vec::new(), Rests::default());
        while let Some(row) = rows.next()? {
            let records = row.get_ref(2)?.as_blob().map_err(|_| Fault::damaged("a claim batch"))?;
            match row.get(1)? {
                Some(rests::MEMBER) => rests = Rests::read(row.get(0)?, records)?,
                member => batches.push(ClaimBatch::read(row.get(0)?, member, records)?),
            }
        }
        Ok(Self { group, seen, batches, rests })
    }

    /// Writes what has changed, and that somebody consumes for the group.
    pub(super) fn save(&self, sql: &Connection) -> Result<(), Fault> {
        self.save_records(sql)?;
        self.rests.save(sql, self.group)?;
        let mut update = sql.prepare_cached(
            "UPDATE grp SET seen = ?2, done = ?3, active_at = ?4
             WHERE id = ?1 AND (seen <> ?2 OR done <> ?3 OR active_at NOT BETWEEN ?4 - ?5 AND ?4)",
        )?;
        update.execute([self.group, self.seen, self.done(), clock::wall(), ACTIVE_INTERVAL])?;
        Ok(())
    }

    /// The same where nothing was claimed and nothing is done.
    pub(super) fn save_own(&self, sql: &Connection) -> Result<(), Fault> {
        self.save_records(sql)?;
        let mut update = sql.prepare_cached(
            "UPDATE grp SET active_at = ?2 WHERE id = ?1 AND active_at NOT BETWEEN ?2 - ?3 AND ?2",
        )?;
        update.execute([self.group, clock::wall(), ACTIVE_INTERVAL])?;
        Ok(())
    }

    fn save_records(&self, sql: &Connection) -> Result<(), Fault> {
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
        Ok(())
    }

    /// What is behind this number is looked at again, and is nobody's.
    pub(super) fn seek(&mut self, after: i64) {
        for batch in &mut self.batches {
            let is_passed = batch.member.is_none();
            batch.remove(|record| is_passed || record.number > after);
        }
        self.rests.clear();
        self.seen = after;
    }

    /// The entries that members have, sorted by their numbers, with the members.
    pub(super) fn list(&self) -> Vec<(Record, i64)> {
        let of_members = self.batches.iter().filter_map(|batch| Some((batch, batch.member?)));
        let mut listed: Vec<_> = of_members
            .flat_map(|(batch, member)| batch.records.iter().map(move |record| (*record, member)))
            .collect();
        listed.sort_unstable_by_key(|(record, _)| record.number);
        listed
    }

    /// All up to this number are done.
    pub(super) fn done(&self) -> i64 {
        let records = self.batches.iter().flat_map(|batch| &batch.records).map(|record| record.number);
        let first = records.chain(self.rests.iter().map(|rest| rest.next)).min();
        first.map_or(self.seen, |first| self.seen.min(first - 1))
    }

    /// The number of entries that were read and are not done.
    pub(super) fn pending(&self) -> usize {
        self.batches.iter().filter(|batch| batch.member.is_some()).map(|batch| batch.records.len()).sum()
    }

    /// The number of records of entries that were passed over.
    fn passed(&self) -> usize {
        self.batches.iter().filter(|batch| batch.member.is_none()).map(|batch| batch.records.len()).sum()
    }

    /// The number of entries of the topic that nobody has read.
    pub(super) fn lag(&self, sql: &Connection, log: &Log) -> Result<u64, Fault> {
        let passed = self.passed() as u64 + self.rests.iter().map(|rest| rest.count).sum::<u64>();
        Ok(log.count(sql, self.seen)?.saturating_add(passed))
    }

    /// Whether [`claim`](Self::claim) would do anything.
    pub(super) fn is_worthwhile(
        &self,
        log: &Log,
        claimant: Claimant,
        parked: ParkedKeys<'_>,
    ) -> Result<bool, Fault> {
        let has_new = log.last > self.seen && (self.passed() < MAX_PASSED || self.rests.has_room());
        if has_new {
            return Ok(true);
        }
        let mut busy_keys = self.busy_keys(claimant, parked, 0);
        let of_free = self.free(claimant).into_iter().map(|free| free.record.key);
        for key in of_free.chain(self.rests.iter().map(|rest| rest.key)) {
            if !busy_keys.has(key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// There is room for `more` keys that are claimed.
    fn busy_keys<'a>(&self, claimant: Claimant, parked: ParkedKeys<'a>, more: usize) -> BusyKeys<'a> {
        let (mut taken, mut held) = (KeySet::default(), KeyMap::default());
        held.reserve(self.pending().saturating_add(more).min(MAX_LOOKED_AT));
        for batch in &self.batches {
            let records = batch.records.iter().filter(|record| record.key != 0);
            match batch.member {
                None => {}
                Some(member) if member == claimant.member => {
                    for record in records.filter(|record| !claimant.may_have(batch.member, record)) {
                        *held.entry(record.key).or_default() += 1;
                    }
                }
                Some(_) => {
                    taken.extend(records.filter(|record| !claimant.is_idle(record)).map(|record| record.key));
                }
            }
        }
        BusyKeys { taken, held, parked }
    }

    /// The entries that were looked at and that the consumer may have, as far as their keys allow.
    fn free(&self, claimant: Claimant) -> Vec<Free> {
        let mut free = Vec::new();
        for batch in &self.batches {
            let origin = match batch.member {
                None => Origin::Passed,
                Some(member) if member == claimant.member => Origin::Own,
                Some(_) => Origin::Other,
            };
            let may_have = |record: &&Record| claimant.may_have(batch.member, record);
            free.extend(batch.records.iter().filter(may_have).map(|record| Free { record: *record, origin }));
        }
        free.sort_unstable_by_key(|free| (free.origin == Origin::Passed, free.record.number));
        free
    }

    /// Claims the next entries, at most `max`.
    pub(super) fn claim(
        &mut self,
        sql: &Connection,
        log: &Log,
        claimant: Claimant,
        parked: ParkedKeys<'_>,
        max: usize,
    ) -> Result<Claimed, Fault> {
        let busy_keys = self.busy_keys(claimant, parked, max);
        let (batch, claimed) = (Batch::default(), ClaimBatch::new(Some(claimant.member)));
        let mut claim = Claim { sql, log, claimant, max, busy_keys, looked_at: 0, batch, claimed };
        self.claim_free(&mut claim)?;
        self.claim_rests(&mut claim)?;
        self.claim_new(&mut claim)?;
        let is_unfinished = claim.is_long() && !claim.is_full();
        self.batches.push(claim.claimed);
        Ok(Claimed { batch: claim.batch, is_unfinished })
    }

    fn claim_free(&mut self, claim: &mut Claim<'_>) -> Result<(), Fault> {
        let (mut numbers, mut keys) = (Vec::new(), KeySet::default());
        for Free { record, origin } in self.free(claim.claimant) {
            if claim.is_full() {
                break;
            }
            if claim.busy_keys.has(record.key)? {
                continue;
            }
            numbers.push(record.number);
            if origin == Origin::Other && record.key != 0 {
                keys.insert(record.key);
            }
            let is_passed = origin == Origin::Passed;
            let Some(message) = claim.log.entry(claim.sql, record.number)? else {
                if is_passed {
                    claim.batch.missed += 1;
                } else {
                    claim.batch.trimmed.push(log::id(record.number));
                }
                continue;
            };
            if origin == Origin::Other && !record.is_released {
                claim.batch.claimed += 1;
            }
            // What was released was not started, but may have been before that.
            let is_redelivered = record.is_redelivered || !(is_passed || record.is_released);
            let fresh = claim.claimant.record(record.number, record.key);
            claim.add(Record { attempts: record.attempts, is_redelivered, ..fresh }, message);
        }
        self.remove(&mut numbers, |_| true);
        self.move_keys(&keys, claim.claimant, &mut claim.claimed);
        Ok(())
    }

    /// A key is claimed as a whole. What there was no room for is the claimant's from now on, and comes with its next reads:
    /// otherwise its former consumer, if it lives again, would go on with later entries of the key.
    fn move_keys(&mut self, keys: &KeySet, claimant: Claimant, claimed: &mut ClaimBatch) {
        if keys.is_empty() {
            return;
        }
        let of_others =
            |batch: &&mut ClaimBatch| batch.member.is_some_and(|member| member != claimant.member);
        for batch in self.batches.iter_mut().filter(of_others) {
            batch.remove(|record| {
                let is_meant = keys.contains(&record.key);
                if is_meant {
                    let fresh = claimant.record(record.number, record.key);
                    let is_redelivered = record.is_redelivered || !record.is_released;
                    let attempts = record.attempts;
                    claimed.push(Record { attempts, is_left: true, is_redelivered, ..fresh });
                }
                is_meant
            });
        }
    }

    /// The claimant has claimed parked events of these keys: what others have of them behind is the claimant's, too.
    pub(super) fn claim_behind_parked(&mut self, keys: &KeySet, claimant: Claimant) {
        let mut claimed = ClaimBatch::new(Some(claimant.member));
        self.move_keys(keys, claimant, &mut claimed);
        self.batches.push(claimed);
    }

    /// Claims what has no records and whose keys are free. All that was passed over with records is claimed before.
    fn claim_rests(&mut self, claim: &mut Claim<'_>) -> Result<(), Fault> {
        let mut rests: Vec<_> = self.rests.iter().copied().collect();
        rests.sort_unstable_by_key(|rest| rest.next);
        for rest in rests {
            if claim.is_full() || claim.is_long() {
                break;
            }
            if !claim.busy_keys.has(rest.key)? {
                let left = self.claim_rest(claim, rest)?;
                self.rests.set(rest.key, left);
            }
        }
        Ok(())
    }

    /// Claims from a rest, and returns what is left of it.
    fn claim_rest(&self, claim: &mut Claim<'_>, rest: Rest) -> Result<Option<Rest>, Fault> {
        let held = claim.busy_keys.held.get(&rest.key).copied().unwrap_or_default();
        let max = (claim.max - claim.batch.deliveries.len()).min(MAX_HELD_OF_KEY - held);
        let (mut found, mut left) = (Vec::new(), rest);
        let mut is_at_end = true;
        claim.log.keys(claim.sql, rest.next, self.seen, |number, key| {
            left.next = number + 1;
            claim.looked_at += 1;
            if key == rest.key {
                found.push(number);
            }
            is_at_end = found.len() < max && claim.looked_at < MAX_LOOKED_AT;
            is_at_end
        })?;
        for number in found {
            left.count = left.count.saturating_sub(1);
            if let Some(message) = claim.log.entry(claim.sql, number)? {
                claim.add(claim.claimant.record(number, rest.key), message);
            }
        }
        if is_at_end {
            // Those that are not there any more.
            claim.batch.missed += left.count;
        }
        Ok(Some(left).filter(|_| !is_at_end))
    }

    fn claim_new(&mut self, claim: &mut Claim<'_>) -> Result<(), Fault> {
        let (sql, log) = (claim.sql, claim.log);
        let (mut seen, mut passed) = (self.seen, Vec::new());
        if claim.is_full() || claim.is_long() || seen >= log.last {
            return Ok(());
        }
        let mut room = MAX_PASSED.saturating_sub(self.passed());
        let mut passed_of_keys: KeyMap<usize> = KeyMap::default();
        for record in
            self.batches.iter().filter(|batch| batch.member.is_none()).flat_map(|batch| &batch.records)
        {
            *passed_of_keys.entry(record.key).or_default() += 1;
        }
        let mut is_at_end = true;
        log.each(sql, seen, |number, message| {
            let key = row::key(&message);
            if claim.busy_keys.has(key)? || self.rests.has(key) {
                let of_key = passed_of_keys.entry(key).or_default();
                if room > 0 && *of_key < MAX_PASSED_OF_KEY && !self.rests.has(key) {
                    passed.push(claim.claimant.record(number, key));
                    *of_key += 1;
                    room -= 1;
                } else if !self.rests.pass(key, number) {
                    is_at_end = false;
                    return Ok(false);
                }
            } else {
                claim.add(claim.claimant.record(number, key), message);
            }
            claim.batch.missed += u64::try_from(number - seen - 1).unwrap_or_default();
            seen = number;
            claim.looked_at += 1;
            is_at_end = !claim.is_full() && !claim.is_long();
            Ok(is_at_end)
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

    /// The numbers of the entries that a member has.
    pub(super) fn numbers(&self, member: i64) -> HashSet<i64> {
        let batches = self.batches.iter().filter(|batch| batch.member == Some(member));
        batches.flat_map(|batch| &batch.records).map(|record| record.number).collect()
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
