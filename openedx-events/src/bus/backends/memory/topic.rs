//! The entries of one topic, and its groups: [`Log`].

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use super::group::{Claimed, Members, Origin};
use super::parked::Parked;
use crate::avro::Fingerprint;
use crate::bus::contract::{
    Batch, Delivery, EntryId, EntryWrite, GroupInfo, ParkedEvent, PendingEntry, StartAt, TopicInfo,
};
use crate::bus::message::Message;
use crate::bus::message::topic::Topic;

/// The entries of one topic, and its groups.
#[derive(Default)]
pub(super) struct Log {
    /// `None` for one that was removed by itself.
    entries: VecDeque<Option<Stored>>,
    /// The number of entries that were removed before the first of `entries`.
    removed: u64,
    /// The number of entries that exist.
    length: u64,
    groups: BTreeMap<String, Members>,
    schemas: HashMap<Fingerprint, String>,
}

struct Stored {
    message: Message,
    at: SystemTime,
}

impl Log {
    pub(super) fn append(&mut self, messages: &[Message]) {
        let at = SystemTime::now();
        self.entries.extend(messages.iter().map(|message| Some(Stored { message: message.clone(), at })));
        self.length += messages.len() as u64;
    }

    /// The number of entries.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// The number of the last entry; they count from 1.
    pub(super) fn last(&self) -> u64 {
        self.removed + self.entries.len() as u64
    }

    fn stored(&self, number: u64) -> Option<&Stored> {
        stored(&self.entries, self.removed, number)
    }

    /// The entries behind a number that exist, with their numbers.
    fn behind(&self, after: u64) -> impl DoubleEndedIterator<Item = (u64, &Stored)> {
        let first = usize::try_from(after.saturating_sub(self.removed)).unwrap_or(usize::MAX);
        let entries = first..self.entries.len();
        entries
            .filter_map(|index| Some((self.removed + 1 + index as u64, self.entries.get(index)?.as_ref()?)))
    }

    pub(super) fn info(&self, topic: Topic, dead_letters: u64) -> TopicInfo {
        let (oldest, newest) = (self.behind(0).next(), self.behind(0).next_back());
        let at = |entry: Option<(u64, &Stored)>| entry.map(|(_, entry)| entry.at);
        TopicInfo::new(topic, self.length).stored(at(oldest), at(newest)).dead_letters(Some(dead_letters))
    }

    /// The number of the last entry before those that were stored at this time or later.
    pub(super) fn before(&self, time: SystemTime) -> u64 {
        let first = self.behind(0).find(|(_, entry)| entry.at >= time);
        first.map_or(self.last(), |(number, _)| number - 1)
    }

    pub(super) fn count(&self, after: u64) -> u64 {
        self.behind(after).count() as u64
    }

    pub(super) fn delivery(&self, number: u64) -> Option<Delivery> {
        Some(delivery(number, self.stored(number)?.message.clone()))
    }

    /// Removes an entry, from the groups as well. Returns whether it existed.
    pub(super) fn remove(&mut self, number: u64) -> bool {
        let index = number.checked_sub(self.removed + 1).and_then(|index| usize::try_from(index).ok());
        let entry = index.and_then(|index| self.entries.get_mut(index)).and_then(Option::take);
        if entry.is_none() {
            return false;
        }
        self.length -= 1;
        for members in self.groups.values_mut() {
            members.forget(number);
        }
        while self.entries.front().is_some_and(Option::is_none) {
            self.entries.pop_front();
            self.removed += 1;
        }
        true
    }

    pub(super) fn pending(&self, group: &str, after: u64, max: usize) -> Vec<PendingEntry> {
        self.groups.get(group).map(|members| members.list_pending(after, max)).unwrap_or_default()
    }

    /// Moves a group behind an entry. Returns whether the group exists.
    pub(super) fn seek(&mut self, group: &str, after: u64) -> bool {
        let after = after.clamp(self.removed, self.last());
        let Some(members) = self.groups.get_mut(group) else { return false };
        members.seek(after);
        self.remove_done();
        true
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
        let infos = self.groups.iter().map(|(name, members)| {
            let oldest = self.behind(members.done()).next().map(|(_, entry)| entry.at);
            members.info(name, last).oldest(oldest.map(|at| at.elapsed().unwrap_or_default()))
        });
        infos.collect()
    }

    pub(super) fn browse(&self, after: Option<u64>, max: usize) -> Vec<Delivery> {
        let entries = self.behind(after.unwrap_or_default()).take(max);
        entries.map(|(number, entry)| delivery(number, entry.message.clone())).collect()
    }

    pub(super) fn join(&mut self, group: &str, consumer: &str) {
        self.members(group).join(consumer);
    }

    pub(super) fn read(&mut self, group: &str, consumer: &str, claim_after: Duration, max: usize) -> Batch {
        let (entries, removed, last) = (&self.entries, self.removed, self.last());
        let entry = |number| stored(entries, removed, number).map(|stored| &stored.message);
        let mut batch = Batch::default();
        let Some(members) = self.groups.get_mut(group) else { return batch };
        for Claimed { number, from } in
            members.claim(consumer, claim_after, max, last, |number| entry(number).map(Message::key))
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
            members.leave(consumer);
        }
    }

    fn members(&mut self, group: &str) -> &mut Members {
        let removed = self.removed;
        self.groups.entry(group.to_owned()).or_insert_with(|| Members::new(removed))
    }

    /// Removes what every group has done.
    fn remove_done(&mut self) {
        let Some(done) = self.groups.values().map(Members::done).min() else { return };
        while self.removed < done
            && let Some(entry) = self.entries.pop_front()
        {
            self.removed += 1;
            self.length -= u64::from(entry.is_some());
        }
    }
}

fn stored(entries: &VecDeque<Option<Stored>>, removed: u64, number: u64) -> Option<&Stored> {
    let index = number.checked_sub(removed + 1)?;
    entries.get(usize::try_from(index).ok()?)?.as_ref()
}

fn delivery(number: u64, message: Message) -> Delivery {
    Delivery::new(EntryId::new(number.to_string()), message)
}
