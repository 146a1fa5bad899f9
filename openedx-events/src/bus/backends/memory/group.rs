//! The entries that a group has read and not done: [`Members`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::parked::Parked;
use crate::bus::contract::{EntryId, GroupInfo, ParkedEvent, PendingEntry};

/// The consumers of a group, and their entries.
pub(super) struct Members {
    /// All up to this entry were looked at: they are done, pending or passed over.
    seen: u64,
    pending: BTreeMap<u64, Pending>,
    /// Entries that were passed over because their key was not free, in order.
    passed: HashMap<Vec<u8>, VecDeque<u64>>,
    /// The consumer with unfinished entries of a key, and their number.
    keys: HashMap<Vec<u8>, (String, usize)>,
    consumers: BTreeSet<String>,
    woken: HashSet<String>,
    attempts: HashMap<u64, u32>,
    processed: HashSet<String>,
    pub(super) parked: Parked,
}

/// Maximum number of unfinished entries of one key that a consumer has. More would fill it with a key that hangs.
const MAX_HELD_OF_KEY: usize = 100;

/// An entry that a consumer gets.
pub(super) struct Claimed {
    pub(super) number: u64,
    pub(super) from: Origin,
}

/// Where an entry comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nobody has begun it.
    Topic,
    /// The consumer had it before it restarted.
    Own,
    /// Another consumer had it.
    Other,
}

struct Pending {
    consumer: String,
    /// When its consumer last sent a heartbeat; `None` once it is released.
    heartbeat: Option<Instant>,
    /// Its consumer has restarted, and gets the entry again.
    is_left: bool,
    key: Option<Vec<u8>>,
}

impl Members {
    pub(super) fn new(seen: u64) -> Self {
        Self {
            seen,
            pending: BTreeMap::new(),
            passed: HashMap::new(),
            keys: HashMap::new(),
            consumers: BTreeSet::new(),
            woken: HashSet::new(),
            attempts: HashMap::new(),
            processed: HashSet::new(),
            parked: Parked::default(),
        }
    }

    pub(super) fn info(&self, name: &str, last: u64) -> GroupInfo {
        let lag =
            last.saturating_sub(self.seen) + self.passed.values().map(VecDeque::len).sum::<usize>() as u64;
        let consumers = self.consumers.iter().cloned().collect();
        let info = GroupInfo::new(name, Some(lag), self.pending.len() as u64, consumers);
        info.parked(self.parked.len() as u64)
    }

    /// All up to this entry are done.
    pub(super) fn done(&self) -> u64 {
        let passed = self.passed.values().filter_map(VecDeque::front).min();
        let first = [self.pending.keys().next(), passed].into_iter().flatten().min();
        first.map_or(self.seen, |first| first - 1)
    }

    /// Passes over what nobody has read.
    pub(super) fn skip(&mut self, last: u64) {
        self.seen = last;
        self.passed.clear();
    }

    /// Reads what is behind this entry next. What was read of that is not done any more, and nobody's.
    pub(super) fn seek(&mut self, after: u64) {
        let read_again: Vec<_> = self.pending.range(after + 1..).map(|(number, _)| *number).collect();
        self.acknowledge(&read_again);
        self.skip(after);
    }

    /// An entry was removed from the topic.
    pub(super) fn forget(&mut self, number: u64) {
        self.acknowledge(&[number]);
        self.passed.retain(|_, passed| {
            passed.retain(|each| *each != number);
            !passed.is_empty()
        });
    }

    pub(super) fn list_pending(&self, after: u64, max: usize) -> Vec<PendingEntry> {
        let pending = self.pending.range(after.saturating_add(1)..).take(max);
        let listed = pending.map(|(number, pending)| {
            let entry = EntryId::new(number.to_string());
            let idle = pending.heartbeat.map(|heartbeat| heartbeat.elapsed());
            PendingEntry::new(entry, pending.consumer.clone()).idle_for(idle)
        });
        listed.collect()
    }

    /// A consumer starts, and gets what it had before once more.
    pub(super) fn join(&mut self, consumer: &str) {
        self.consumers.insert(consumer.to_owned());
        for pending in self.pending.values_mut().filter(|pending| pending.consumer == consumer) {
            pending.is_left = true;
        }
    }

    /// A consumer is gone. What it has parked is for others, and it is no longer listed if it has left nothing.
    pub(super) fn leave(&mut self, consumer: &str) {
        self.parked.leave(consumer);
        self.woken.remove(consumer);
        let has_pending = self.pending.values().any(|pending| pending.consumer == consumer);
        if !has_pending && !self.parked.has_of(consumer) {
            self.consumers.remove(consumer);
        }
    }

    /// Claims the next entries for a consumer.
    pub(super) fn claim<'k>(
        &mut self,
        consumer: &str,
        claim_after: Duration,
        max: usize,
        last: u64,
        // Of an entry that exists, the key if it has one.
        key: impl Fn(u64) -> Option<Option<&'k [u8]>>,
    ) -> Vec<Claimed> {
        let now = Instant::now();
        let mut claimed = self.claim_left(consumer, claim_after, max, now);
        while claimed.len() < max
            && let Some((number, key)) = self.first_passed(consumer)
        {
            self.hold(number, Some(&key), consumer, now);
            claimed.push(Claimed { number, from: Origin::Topic });
            if let Some(passed) = self.passed.get_mut(&key) {
                passed.pop_front();
                if passed.is_empty() {
                    self.passed.remove(&key);
                }
            }
        }
        while claimed.len() < max && self.seen < last {
            self.seen += 1;
            let number = self.seen;
            let Some(key) = key(number) else { continue };
            match key {
                Some(key) if self.passed.contains_key(key) || !self.is_free(key, consumer) => {
                    self.passed.entry(key.to_vec()).or_default().push_back(number);
                }
                key => {
                    self.hold(number, key, consumer, now);
                    claimed.push(Claimed { number, from: Origin::Topic });
                }
            }
        }
        claimed
    }

    /// The first entry that was passed over and whose key is free now.
    fn first_passed(&self, consumer: &str) -> Option<(u64, Vec<u8>)> {
        let free = self.passed.iter().filter(|(key, _)| self.is_free(key, consumer));
        let first = free.filter_map(|(key, passed)| Some((*passed.front()?, key))).min();
        first.map(|(number, key)| (number, key.clone()))
    }

    /// Whether a consumer may have more of a key.
    fn is_free(&self, key: &[u8], consumer: &str) -> bool {
        let may_have = |(holder, count): &(String, usize)| holder == consumer && *count < MAX_HELD_OF_KEY;
        self.keys.get(key).is_none_or(may_have) && !self.parked.is_of_other(key, consumer)
    }

    /// Claims what the consumer had before it restarted, and what others have left idle.
    fn claim_left(
        &mut self,
        consumer: &str,
        claim_after: Duration,
        max: usize,
        now: Instant,
    ) -> Vec<Claimed> {
        let is_idle = |pending: &Pending| {
            pending.heartbeat.is_none_or(|heartbeat| now.duration_since(heartbeat) >= claim_after)
                && (pending.heartbeat.is_none() || pending.consumer != consumer)
        };
        let mut claimed = Vec::new();
        // A key is claimed as a whole, or two consumers would have entries of it.
        let mut keys = HashSet::new();
        for (number, pending) in &mut self.pending {
            if claimed.len() == max {
                break;
            }
            let is_own = pending.consumer == consumer && pending.is_left;
            let holder = pending.key.as_ref().and_then(|key| self.keys.get(key)).map(|(holder, _)| holder);
            let is_parked = pending.key.as_ref().is_some_and(|key| self.parked.is_of_other(key, consumer));
            let is_of_other =
                is_parked || holder.is_some_and(|holder| *holder != pending.consumer && holder != consumer);
            if is_own || (is_idle(pending) && !is_of_other) {
                let from = match pending.heartbeat {
                    None => Origin::Topic,
                    Some(_) if is_own => Origin::Own,
                    Some(_) => Origin::Other,
                };
                consumer.clone_into(&mut pending.consumer);
                pending.heartbeat = Some(now);
                pending.is_left = false;
                keys.extend(pending.key.clone());
                claimed.push(Claimed { number: *number, from });
            }
        }
        self.move_keys(&keys, consumer);
        claimed
    }

    /// What there was no room for comes with the next reads: otherwise its former consumer would go on with it.
    fn move_keys(&mut self, keys: &HashSet<Vec<u8>>, consumer: &str) {
        if keys.is_empty() {
            return;
        }
        for pending in self.pending.values_mut().filter(|pending| pending.consumer != consumer) {
            if pending.key.as_ref().is_some_and(|key| keys.contains(key)) {
                consumer.clone_into(&mut pending.consumer);
                pending.is_left = true;
            }
        }
        for key in keys {
            if let Some((holder, _)) = self.keys.get_mut(key) {
                consumer.clone_into(holder);
            }
        }
    }

    /// Claims parked events for a consumer, and with them what is in flight of their keys and not kept by others.
    pub(super) fn claim_parked(
        &mut self,
        consumer: &str,
        claim_after: Duration,
        max: usize,
    ) -> Vec<ParkedEvent> {
        let (now, pending) = (Instant::now(), &self.pending);
        let is_with_other = |pending: &Pending| {
            let is_alive = |heartbeat| now.duration_since(heartbeat) < claim_after;
            pending.consumer != consumer && pending.heartbeat.is_some_and(is_alive)
        };
        let is_in_flight = |key: &[u8]| {
            pending.values().any(|pending| pending.key.as_deref() == Some(key) && is_with_other(pending))
        };
        let claimed = self.parked.claim(consumer, claim_after, max, is_in_flight);
        let keys = claimed.iter().filter_map(|event| self.parked.key(event.id)).collect();
        self.move_keys(&keys, consumer);
        claimed
    }

    /// Makes an entry the consumer's. Its key must be free.
    fn hold(&mut self, number: u64, key: Option<&[u8]>, consumer: &str, now: Instant) {
        if let Some(key) = key {
            self.keys.entry(key.to_vec()).or_insert_with(|| (consumer.to_owned(), 0)).1 += 1;
        }
        let pending = Pending {
            consumer: consumer.to_owned(),
            heartbeat: Some(now),
            is_left: false,
            key: key.map(<[u8]>::to_vec),
        };
        self.pending.insert(number, pending);
    }

    /// Acknowledges entries. Returns whether a key may have become free that others wait for.
    pub(super) fn acknowledge(&mut self, done: &[u64]) -> bool {
        for number in done {
            self.attempts.remove(number);
            let Some(pending) = self.pending.remove(number) else { continue };
            let Some(key) = pending.key else { continue };
            let is_last = self.keys.get_mut(&key).is_some_and(|(_, count)| {
                *count -= 1;
                *count == 0
            });
            if is_last {
                self.keys.remove(&key);
            }
        }
        !self.passed.is_empty()
    }

    /// Renews entries, and returns those that are another's by now.
    pub(super) fn renew(&mut self, consumer: &str, entries: &[u64]) -> Vec<u64> {
        let now = Instant::now();
        let mut lost = Vec::new();
        for number in entries {
            match self.pending.get_mut(number) {
                Some(pending) if pending.consumer == consumer => pending.heartbeat = Some(now),
                _ => lost.push(*number),
            }
        }
        lost
    }

    pub(super) fn release(&mut self, consumer: &str, entries: &[u64]) {
        for number in entries {
            if let Some(pending) = self.pending.get_mut(number).filter(|each| each.consumer == consumer) {
                pending.heartbeat = None;
            }
        }
    }

    /// Whether a consumer has this entry.
    pub(super) fn has(&self, consumer: &str, entry: u64) -> bool {
        self.pending.get(&entry).is_some_and(|pending| pending.consumer == consumer)
    }

    pub(super) fn count_attempt(&mut self, entry: u64) -> u32 {
        let attempts = self.attempts.entry(entry).or_default();
        *attempts += 1;
        *attempts
    }

    pub(super) fn attempt_returned(&mut self, entry: u64) {
        if let Some(attempts) = self.attempts.get_mut(&entry) {
            *attempts = attempts.saturating_sub(1);
        }
    }

    pub(super) fn wake(&mut self, consumer: &str) {
        self.woken.insert(consumer.to_owned());
    }

    pub(super) fn take_wake(&mut self, consumer: &str) -> bool {
        self.woken.remove(consumer)
    }

    pub(super) fn is_processed(&self, text: &str) -> bool {
        self.processed.contains(text)
    }

    pub(super) fn mark_processed(&mut self, text: &str) {
        self.processed.insert(text.to_owned());
    }
}
