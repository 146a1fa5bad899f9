//! The entries in flight and what becomes of them, without threads: [`State`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::delayed::Delayed;
use super::entry::{Entry, Settlement};
use super::handling::Handling;
use super::key_queues::KeyQueues;
use super::limits::Limits;
use super::phase::{End, Phase};
use super::reader_phase::ReaderPhase;
use super::runs::Runs;
use super::slots::Slots;
use crate::bus::consume::outage::OutageDetector;
use crate::bus::consume::quota::Quota;
use crate::bus::contract::{Delivery, EntryId};

/// What the [`Window`](super::Window) guards with its lock.
///
/// An entry in flight is in one of these places: ready for a worker, behind an entry of its key, backing off, or with a
/// worker.
pub(super) struct State {
    limits: Limits,
    slots: Slots,
    /// The slots of the entries that a worker may take.
    ready: VecDeque<usize>,
    keys: KeyQueues,
    delayed: Delayed,
    handling: Handling,
    idle_workers: usize,
    /// To be acknowledged.
    done: Vec<EntryId>,
    pub(super) reader: ReaderPhase,
    pub(super) phase: Phase,
    pub(super) runs: Runs,
    outage: OutageDetector,
    quota: Option<Arc<Quota>>,
}

/// Who is to be notified of a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wakes {
    pub(super) worker: bool,
    pub(super) upkeep: bool,
    pub(super) reader: bool,
}

/// What the upkeep has to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::bus::consume) struct Due {
    /// To be acknowledged now, as the reader will not do so soon.
    pub(in crate::bus::consume) done: Vec<EntryId>,
    /// Backoffs have ended.
    pub(super) are_retries_ready: bool,
    /// Entries are ready while workers sleep.
    pub(in crate::bus::consume) are_workers_late: bool,
}

/// What the reader is to read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::bus::consume) struct ReadRequest {
    /// The maximum number of entries.
    pub(in crate::bus::consume) max: usize,
    /// To be acknowledged with it.
    pub(in crate::bus::consume) done: Vec<EntryId>,
}

/// How long the upkeep waits at most while the consumer stops and receivers still run.
const STOPPING_LOOK: Duration = Duration::from_millis(5);

impl State {
    pub(super) fn new(limits: Limits, workers: usize, quota: Option<Arc<Quota>>, now: Instant) -> Self {
        Self {
            limits,
            slots: Slots::default(),
            ready: VecDeque::new(),
            keys: KeyQueues::default(),
            delayed: Delayed::default(),
            handling: Handling::Parallel(0),
            idle_workers: 0,
            done: Vec::new(),
            reader: ReaderPhase::Busy,
            phase: Phase::Running,
            runs: Runs::new(workers),
            outage: OutageDetector::new(limits.probe_interval, now),
            quota,
        }
    }

    /// Takes in what was read.
    pub(super) fn put(&mut self, deliveries: Vec<Delivery>, now: Instant) -> Wakes {
        self.outage.read(now);
        for delivery in deliveries {
            let slot = self.slots.insert(Box::new(Entry::new(delivery)));
            let key = self.slots.waiting(slot).and_then(|entry| entry.delivery.message.key());
            if key.is_none_or(|key| self.keys.push(key, slot)) {
                self.ready.push_back(slot);
            }
        }
        // One worker has done a short run before a second one has woken; the upkeep wakes the others for a long one.
        Wakes { worker: !self.ready.is_empty() && self.idle_workers > 0, ..Wakes::default() }
    }

    /// Takes out the next entry to handle, if one may begin.
    pub(super) fn take(&mut self) -> Option<Box<Entry>> {
        let slot = *self.ready.front()?;
        let next = self.slots.waiting(slot)?;
        let is_suspect = next.is_suspect();
        if !self.handling.allows(is_suspect) {
            return None;
        }
        if !next.is_begun() && self.quota.as_ref().is_some_and(|quota| !quota.begin()) {
            return None;
        }
        self.ready.pop_front();
        let mut entry = self.slots.take(slot)?;
        entry.begin();
        self.handling.begin(is_suspect);
        Some(entry)
    }

    /// Takes back an entry that was handled.
    pub(super) fn settle(&mut self, mut entry: Box<Entry>, settlement: Settlement) -> Wakes {
        let was_alone = self.handling == Handling::Alone;
        let mut wakes = Wakes::default();
        self.handling.finish();
        match settlement {
            Settlement::Retry { at } => {
                self.outage.failed(&mut entry.failure);
                self.delayed.push(at, entry.slot);
                self.slots.put_back(entry);
                wakes.upkeep = true;
            }
            Settlement::Done => {
                self.outage.succeeded();
                self.done.push(entry.delivery.entry.clone());
                wakes.upkeep = self.done.len() == 1 && self.reader.is_waiting();
                wakes.reader = self.finish(&entry);
            }
            Settlement::DeadLettered | Settlement::Lost => wakes.reader = self.finish(&entry),
        }
        // Whatever has waited for it to be alone, besides what this worker takes itself.
        wakes.worker = was_alone && self.ready.len() > 1 && self.idle_workers > 0;
        wakes
    }

    /// Removes an entry that was handled. Returns whether the reader may go on.
    fn finish(&mut self, entry: &Entry) -> bool {
        self.count_in_quota();
        self.slots.remove(entry);
        self.advance(entry.delivery.message.key());
        self.reader.has_room_at(self.slots.len()) || self.ready.is_empty()
    }

    /// The first entry of a key is gone: the next one is ready.
    fn advance(&mut self, key: Option<&[u8]>) {
        self.ready.extend(key.and_then(|key| self.keys.pop(key)));
    }

    /// An entry that was begun has ended.
    fn count_in_quota(&mut self) {
        if self.quota.as_ref().is_some_and(|quota| quota.end()) {
            self.phase.end(End::Complete);
        }
    }

    /// Takes back an entry that a worker could not handle, to be released when the consumer stops.
    pub(super) fn give_back(&mut self, entry: Box<Entry>) {
        self.handling.finish();
        self.slots.put_back(entry);
    }

    /// What may be read now, if anything. What is done is handed out with it.
    pub(super) fn read_request(&mut self, now: Instant) -> Option<ReadRequest> {
        let room = self.room();
        let batch = if self.outage.is_outage() { 1 } else { self.limits.batch };
        // A read costs as much for one entry as for many: as long as the workers are busy, it is for a whole batch.
        let is_worthwhile = room >= batch || (room > 0 && self.ready.is_empty());
        if !is_worthwhile || !self.has_bytes() || self.is_paused(now) {
            return None;
        }
        Some(ReadRequest { max: room.min(batch), done: self.take_done() })
    }

    /// Whether reading pauses in an outage: as long as something is ready, or no probe is due.
    fn is_paused(&self, now: Instant) -> bool {
        self.outage.is_outage() && !(self.ready.is_empty() && self.outage.is_probe_due(now))
    }

    fn has_bytes(&self) -> bool {
        self.slots.bytes() < self.limits.bytes
    }

    /// How few entries must be in flight before the reader is woken. It looks by itself, too.
    pub(super) fn enough_room_at(&self) -> usize {
        if self.has_bytes() { self.limits.entries.saturating_sub(self.limits.batch) } else { usize::MAX }
    }

    /// How many more entries may be in flight. No more than may be begun: the rest is for others of the group.
    pub(super) fn room(&self) -> usize {
        let room = self.limits.entries.saturating_sub(self.slots.len());
        let Some(quota) = &self.quota else { return room };
        room.min(quota.left().saturating_sub(self.slots.unbegun()))
    }

    /// What could not be acknowledged is to be acknowledged again.
    pub(super) fn acknowledge_again(&mut self, done: Vec<EntryId>) {
        self.done.extend(done);
    }

    /// How long the upkeep may wait.
    pub(super) fn upkeep_wait(&self, max: Duration, now: Instant) -> Duration {
        if self.phase.is_stopping() {
            let is_idle = self.handling.count() == 0 || !self.done.is_empty();
            return if is_idle { Duration::ZERO } else { max.min(STOPPING_LOOK) };
        }
        let late_at = if self.done.is_empty() { None } else { self.reader.is_late_at(now) };
        let due = self.delayed.next_due().into_iter().chain(late_at).min();
        due.map_or(max, |due| due.saturating_duration_since(now).min(max))
    }

    /// What the upkeep has to do; `None` if the consumer stops and nothing is left. Makes the entries ready whose backoff has
    /// ended.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        let are_retries_ready = self.end_backoffs(now);
        let are_workers_late =
            !self.ready.is_empty() && self.idle_workers > 0 && self.handling != Handling::Alone;
        let is_stopping = self.phase.is_stopping();
        let is_reader_late = self.reader.is_late_at(now).is_some_and(|late| now >= late);
        let done = if is_stopping || is_reader_late { self.take_done() } else { Vec::new() };
        if is_stopping && self.handling.count() == 0 && done.is_empty() {
            return None;
        }
        Some(Due { done, are_retries_ready, are_workers_late })
    }

    /// Makes the entries ready whose backoff has ended. Returns whether there were any.
    fn end_backoffs(&mut self, now: Instant) -> bool {
        let before = self.ready.len();
        while let Some(slot) = self.delayed.pop_due(now) {
            self.ready.push_back(slot);
        }
        self.ready.len() > before
    }

    pub(super) fn take_done(&mut self) -> Vec<EntryId> {
        std::mem::take(&mut self.done)
    }

    /// Removes all entries that no worker has, to release them.
    pub(super) fn take_waiting(&mut self) -> Vec<EntryId> {
        self.ready.clear();
        self.delayed.clear();
        self.keys.clear();
        self.slots.remove_all_waiting()
    }

    /// Removes an entry that another consumer has claimed, so that it is not begun here. Returns whether it was waiting here;
    /// one that a worker has is left to it.
    pub(super) fn drop_lost(&mut self, lost: &EntryId) -> bool {
        let Some(entry) = self.slots.remove_waiting(lost) else { return false };
        let slot = entry.slot;
        self.ready.retain(|each| *each != slot);
        self.delayed.remove(slot);
        let key = entry.delivery.message.key();
        if !key.is_some_and(|key| self.keys.remove_behind(key, slot)) {
            self.advance(key);
        }
        if entry.is_begun() {
            self.count_in_quota();
        }
        true
    }

    /// Whether an entry is in flight. One that is can be delivered again when a connection was lost.
    pub(super) fn contains(&self, entry: &EntryId) -> bool {
        self.slots.contains(entry)
    }

    pub(super) fn entries(&self) -> Vec<EntryId> {
        self.slots.ids()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.slots.len()
    }

    /// The number of entries that workers have.
    pub(super) fn handled(&self) -> usize {
        self.handling.count()
    }

    pub(super) fn is_outage(&self) -> bool {
        self.outage.is_outage()
    }

    pub(super) fn worker_sleeps(&mut self) {
        self.idle_workers += 1;
    }

    pub(super) fn worker_wakes(&mut self) {
        self.idle_workers -= 1;
    }
}
