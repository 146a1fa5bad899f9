//! What a group has read and not done: [`Members`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::bus::contract::GroupInfo;

/// The consumers of a group, and what they have.
pub(super) struct Members {
    /// Up to this entry all were looked at: they are done, pending or passed over.
    seen: u64,
    pending: BTreeMap<u64, Pending>,
    /// Entries whose key another consumer has, by number.
    passed: BTreeMap<u64, Vec<u8>>,
    /// Who has unfinished entries of a key, and how many.
    keys: HashMap<Vec<u8>, (String, usize)>,
    consumers: BTreeSet<String>,
    woken: HashSet<String>,
    marks: HashMap<u64, u32>,
    recorded: HashSet<String>,
}

/// So many entries of keys that others have are looked past, and no more.
const MOST_PASSED: usize = 1000;

struct Pending {
    consumer: String,
    /// When its consumer last gave a sign of life; `None` once it is released.
    since: Option<Instant>,
    /// To be handed out again: its consumer has begun anew.
    is_left: bool,
    key: Option<Vec<u8>>,
}

impl Members {
    pub(super) fn new(seen: u64) -> Self {
        Self {
            seen,
            pending: BTreeMap::new(),
            passed: BTreeMap::new(),
            keys: HashMap::new(),
            consumers: BTreeSet::new(),
            woken: HashSet::new(),
            marks: HashMap::new(),
            recorded: HashSet::new(),
        }
    }

    pub(super) fn told(&self, name: &str, last: u64) -> GroupInfo {
        let lag = last.saturating_sub(self.seen) + self.passed.len() as u64;
        let consumers = self.consumers.iter().cloned().collect();
        GroupInfo::new(name, Some(lag), self.pending.len() as u64, consumers)
    }

    /// Up to this entry all are done.
    pub(super) fn done(&self) -> u64 {
        let first = [self.pending.keys().next(), self.passed.keys().next()].into_iter().flatten().min();
        first.map_or(self.seen, |first| first - 1)
    }

    /// Passes over what nobody has read.
    pub(super) fn skip(&mut self, last: u64) {
        self.seen = last;
        self.passed.clear();
    }

    /// A consumer begins, with what it had before.
    pub(super) fn join(&mut self, consumer: &str) {
        self.consumers.insert(consumer.to_owned());
        for pending in self.pending.values_mut().filter(|pending| pending.consumer == consumer) {
            pending.is_left = true;
        }
    }

    /// The next entries for a consumer, each with whether it was handed out before.
    pub(super) fn take<'k>(
        &mut self,
        consumer: &str,
        claim_after: Duration,
        max: usize,
        last: u64,
        key: impl Fn(u64) -> Option<&'k [u8]>,
    ) -> Vec<(u64, bool)> {
        let now = Instant::now();
        let mut taken = self.take_left(consumer, claim_after, max, now);
        let passed: Vec<_> = self.passed.iter().map(|(number, key)| (*number, key.clone())).collect();
        for (number, key) in passed {
            if taken.len() == max {
                return taken;
            }
            if self.hold(number, Some(&key), consumer, now) {
                self.passed.remove(&number);
                taken.push((number, false));
            }
        }
        while taken.len() < max && self.seen < last && self.passed.len() < MOST_PASSED {
            self.seen += 1;
            let (number, key) = (self.seen, key(self.seen));
            if self.hold(number, key, consumer, now) {
                taken.push((number, false));
            } else if let Some(key) = key {
                self.passed.insert(number, key.to_vec());
            }
        }
        taken
    }

    /// What the consumer had before it began anew, and what others have left idle.
    fn take_left(
        &mut self,
        consumer: &str,
        claim_after: Duration,
        max: usize,
        now: Instant,
    ) -> Vec<(u64, bool)> {
        let is_idle = |pending: &Pending| {
            pending.since.is_none_or(|since| now.duration_since(since) >= claim_after)
                && (pending.since.is_none() || pending.consumer != consumer)
        };
        let mut taken = Vec::new();
        // A key goes over as a whole, or its entries would be with two consumers.
        let mut keys = HashSet::new();
        for (number, pending) in &mut self.pending {
            if taken.len() == max {
                break;
            }
            let is_own = pending.consumer == consumer && pending.is_left;
            let holder = pending.key.as_ref().and_then(|key| self.keys.get(key)).map(|(holder, _)| holder);
            let is_of_other = holder.is_some_and(|holder| *holder != pending.consumer && holder != consumer);
            if is_own || (is_idle(pending) && !is_of_other) {
                let was_released = pending.since.is_none();
                consumer.clone_into(&mut pending.consumer);
                pending.since = Some(now);
                pending.is_left = false;
                keys.extend(pending.key.clone());
                taken.push((*number, !was_released));
            }
        }
        for key in keys {
            if let Some((holder, _)) = self.keys.get_mut(&key) {
                consumer.clone_into(holder);
            }
        }
        taken
    }

    /// Makes an entry the consumer's, unless another has its key.
    fn hold(&mut self, number: u64, key: Option<&[u8]>, consumer: &str, now: Instant) -> bool {
        if let Some(key) = key {
            let (holder, count) = self.keys.entry(key.to_vec()).or_insert_with(|| (consumer.to_owned(), 0));
            if holder != consumer {
                return false;
            }
            *count += 1;
        }
        let pending = Pending {
            consumer: consumer.to_owned(),
            since: Some(now),
            is_left: false,
            key: key.map(<[u8]>::to_vec),
        };
        self.pending.insert(number, pending);
        true
    }

    /// Whether a key has become free that others wait for.
    pub(super) fn acknowledge(&mut self, done: &[u64]) -> bool {
        for number in done {
            self.marks.remove(number);
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

    /// Those that are another's by now.
    pub(super) fn keep(&mut self, consumer: &str, entries: &[u64]) -> Vec<u64> {
        let now = Instant::now();
        let mut lost = Vec::new();
        for number in entries {
            match self.pending.get_mut(number) {
                Some(pending) if pending.consumer == consumer => pending.since = Some(now),
                _ => lost.push(*number),
            }
        }
        lost
    }

    pub(super) fn release(&mut self, consumer: &str, entries: &[u64]) {
        for number in entries {
            if let Some(pending) = self.pending.get_mut(number).filter(|each| each.consumer == consumer) {
                pending.since = None;
            }
        }
    }

    pub(super) fn mark(&mut self, entry: u64) -> u32 {
        let marks = self.marks.entry(entry).or_default();
        *marks += 1;
        *marks
    }

    pub(super) fn wake(&mut self, consumer: &str) {
        self.woken.insert(consumer.to_owned());
    }

    pub(super) fn take_wake(&mut self, consumer: &str) -> bool {
        self.woken.remove(consumer)
    }

    pub(super) fn is_recorded(&self, text: &str) -> bool {
        self.recorded.contains(text)
    }

    pub(super) fn record(&mut self, text: &str) {
        self.recorded.insert(text.to_owned());
    }
}
