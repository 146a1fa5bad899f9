//! The entries of one topic, and its groups: [`Log`].

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use super::group::{Claimed, Members, Origin};
use super::parked::Parked;
use crate::avro::Fingerprint;
use crate::bus::contract::{Batch, Delivery, EntryId, EntryWrite, GroupInfo, ParkedEvent, StartAt};
use crate::bus::message::Message;

/// The entries of one topic, and its groups.
#[derive(Default)]
pub(super) struct Log {
    entries: VecDeque<Message>,
    /// The number of entries that were removed before the first of `entries`.
    removed: u64,
    groups: BTreeMap<String, Members>,
    schemas: HashMap<Fingerprint, String>,
}

impl Log {
    pub(super) fn append(&mut self, messages: &[Message]) {
        self.entries.extend(messages.iter().cloned());
    }

    /// The number of entries.
    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The number of the last entry; they count from 1.
    fn last(&self) -> u64 {
        self.removed + self.len()
    }

    fn entry(&self, number: u64) -> Option<&Message> {
        let index = number.checked_sub(self.removed + 1)?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    pub(super) fn create_group(&mut self, group: &str, start: StartAt) -> bool {
        if self.groups.contains_key(group) {
            return false;
        }
        let seen = match start {
            StartAt::Earliest => self.removed,
            StartAt::Latest => self.last(),
        };
        self.groups.insert(group.to_owned(), Members::new(seen));
        true
    }

    pub(super) fn delete_group(&mut self, group: &str) -> bool {
        let existed = self.groups.remove(group).is_some();
        self.remove_done();
        existed
    }

    pub(super) fn skip(&mut self, group: &str) -> bool {
        let last = self.last();
        let Some(members) = self.groups.get_mut(group) else { return false };
        members.skip(last);
        self.remove_done();
        true
    }

    pub(super) fn store_schema(&mut self, fingerprint: Fingerprint, schema: &str) {
        self.schemas.entry(fingerprint).or_insert_with(|| schema.to_owned());
    }

    pub(super) fn schema(&self, fingerprint: Fingerprint) -> Option<String> {
        self.schemas.get(&fingerprint).cloned()
    }

    /// Whether it has had entries, or has groups. Schemas alone do not make a topic.
    pub(super) fn is_used(&self) -> bool {
        self.last() > 0 || !self.groups.is_empty()
    }

    pub(super) fn groups(&self) -> Vec<GroupInfo> {
        let last = self.last();
        self.groups.iter().map(|(name, members)| members.info(name, last)).collect()
    }

    pub(super) fn browse(&self, after: Option<u64>, max: usize) -> Vec<Delivery> {
        let first = after.unwrap_or_default().max(self.removed) + 1;
        (first..=self.last())
            .take(max)
            .filter_map(|number| Some(delivery(number, self.entry(number)?.clone())))
            .collect()
    }

    pub(super) fn join(&mut self, group: &str, consumer: &str) {
        self.members(group).join(consumer);
    }

    pub(super) fn read(&mut self, group: &str, consumer: &str, claim_after: Duration, max: usize) -> Batch {
        let (entries, removed, last) = (&self.entries, self.removed, self.last());
        let entry = |number: u64| {
            let index = number.checked_sub(removed + 1)?;
            entries.get(usize::try_from(index).ok()?)
        };
        let mut batch = Batch::default();
        let Some(members) = self.groups.get_mut(group) else { return batch };
        for Claimed { number, from } in
            members.claim(consumer, claim_after, max, last, |number| entry(number)?.key())
        {
            let Some(message) = entry(number) else { continue };
            let is_redelivered = from != Origin::Topic;
            batch.deliveries.push(delivery(number, message.clone()).redelivered(is_redelivered));
            batch.claimed += u64::from(from == Origin::Other);
        }
        batch
    }

    /// Acknowledges entries. Returns whether waiting readers have to look again, since a key may be free.
    pub(super) fn acknowledge(&mut self, group: &str, done: &[u64]) -> bool {
        let Some(members) = self.groups.get_mut(group) else { return false };
        let is_free = members.acknowledge(done);
        self.remove_done();
        is_free
    }

    pub(super) fn renew(&mut self, group: &str, consumer: &str, entries: &[u64]) -> Vec<EntryId> {
        let Some(members) = self.groups.get_mut(group) else { return Vec::new() };
        let lost = members.renew(consumer, entries);
        lost.into_iter().map(|number| EntryId::new(number.to_string())).collect()
    }

    pub(super) fn release(&mut self, group: &str, consumer: &str, entries: &[u64]) {
        self.members(group).release(consumer, entries);
    }

    /// Writes for an entry, if it is this consumer's.
    pub(super) fn write_for<T>(
        &mut self,
        group: &str,
        consumer: &str,
        entry: u64,
        write: impl FnOnce(&mut Members) -> T,
    ) -> EntryWrite<T> {
        match self.groups.get_mut(group) {
            None => EntryWrite::NoGroup,
            Some(members) if members.has(consumer, entry) => EntryWrite::Done(write(members)),
            Some(_) => EntryWrite::Claimed,
        }
    }

    pub(super) fn wake(&mut self, group: &str, consumer: &str) {
        self.members(group).wake(consumer);
    }

    pub(super) fn take_wake(&mut self, group: &str, consumer: &str) -> bool {
        self.members(group).take_wake(consumer)
    }

    pub(super) fn processed(&mut self, group: &str, texts: &[String]) -> Vec<bool> {
        let members = self.members(group);
        texts.iter().map(|text| members.is_processed(text)).collect()
    }

    pub(super) fn mark_processed(&mut self, group: &str, text: &str) {
        self.members(group).mark_processed(text);
    }

    /// The parked events of a group.
    pub(super) fn parked(&mut self, group: &str) -> &mut Parked {
        &mut self.members(group).parked
    }

    /// The parked events of a group, if it exists.
    pub(super) fn parked_of_existing(&mut self, group: &str) -> Option<&mut Parked> {
        self.groups.get_mut(group).map(|members| &mut members.parked)
    }

    pub(super) fn claim_parked(
        &mut self,
        group: &str,
        consumer: &str,
        claim_after: Duration,
        max: usize,
    ) -> Vec<ParkedEvent> {
        self.members(group).claim_parked(consumer, claim_after, max)
    }

    /// A consumer is gone.
    pub(super) fn leave(&mut self, group: &str, consumer: &str) {
        if let Some(members) = self.groups.get_mut(group) {
            members.parked.leave(consumer);
        }
    }

    fn members(&mut self, group: &str) -> &mut Members {
        let removed = self.removed;
        self.groups.entry(group.to_owned()).or_insert_with(|| Members::new(removed))
    }

    /// Removes what every group has done.
    fn remove_done(&mut self) {
        let Some(done) = self.groups.values().map(Members::done).min() else { return };
        while self.removed < done && self.entries.pop_front().is_some() {
            self.removed += 1;
        }
    }
}

fn delivery(number: u64, message: Message) -> Delivery {
    Delivery::new(EntryId::new(number.to_string()), message)
}
