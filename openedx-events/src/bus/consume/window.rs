//! The entries of a topic that are in hand: [`Window`].

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::decode::Decoded;
use super::progress::{Next, Progress};
use super::quota::Quota;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Delivery, EntryId};
use crate::bus::message::dead_letter::DeadLetter;
use crate::sync;

/// The entries of a topic that are in hand, shared by its threads.
pub(super) struct Window {
    state: Mutex<State>,
    /// Told when there may be something for a worker.
    ready: Condvar,
    /// Told when there may be something for the keeper.
    keeping: Condvar,
    /// Told when there may be room for the reader, or something has ended.
    room: Condvar,
}

/// What a worker has taken out to handle.
pub(super) struct Work {
    pub(super) slot: usize,
    pub(super) delivery: Delivery,
    pub(super) decoded: Option<Decoded>,
    pub(super) receivers: Vec<Progress>,
    /// To be buried; its receivers have come to their end.
    pub(super) letter: Option<DeadLetter>,
    /// It came again, and it has been marked that it was begun.
    pub(super) is_marked: bool,
    /// When it was first begun.
    pub(super) since: Option<Instant>,
    /// How many entries were done when it last failed.
    failed_after: Option<u64>,
    size: usize,
}

/// A receiver that runs.
#[derive(Clone, Copy)]
pub(super) struct Running {
    pub(super) since: Instant,
    pub(super) receiver: &'static str,
    /// After so long it is told of.
    pub(super) limit: Option<Duration>,
    pub(super) is_told: bool,
}

pub(super) struct State {
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// How many entries are in hand, and their bytes.
    held: usize,
    bytes: usize,
    ready: VecDeque<usize>,
    /// Entries of a key whose first one is in hand, without it.
    behind: HashMap<Box<[u8]>, VecDeque<usize>>,
    parked: BinaryHeap<Reverse<(Instant, usize)>>,
    running: usize,
    idle_workers: usize,
    /// An entry that came again runs, alone.
    is_alone: bool,
    done: Vec<EntryId>,
    /// The reader waits for entries, or for room.
    pub(super) is_reading: bool,
    /// Since when, the last time.
    reading_since: Instant,
    /// The reader waits for room until no more than so many are in hand; 0 if it does not wait.
    wants_at_most: usize,
    pub(super) phase: Phase,
    /// Why the consumer ends by itself.
    pub(super) end: Option<End>,
    /// How many entries were done.
    successes: u64,
    /// How many entries have failed since.
    failed_since: usize,
    /// When an entry last came.
    came: Instant,
    /// What each worker runs.
    pub(super) runs: Vec<Option<Running>>,
    quota: Option<Arc<Quota>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// Nothing new is begun.
    Stopping,
    /// All is done; threads end.
    Ended,
}

/// Why a consumer ends by itself.
#[derive(Debug)]
pub(super) enum End {
    Bus(BusError),
    /// It has done as much as it was to do.
    Complete,
    /// So many events in a row ended as dead letters.
    TooManyErrors(u32),
    /// A receiver does not come to its end.
    Stuck {
        receiver: &'static str,
        after: Duration,
    },
}

/// Where an entry is.
enum Slot {
    Free,
    /// Waits, for a worker, for its key or for its time.
    Waiting(Box<Work>),
    /// With a worker.
    Taken {
        entry: EntryId,
    },
}

impl Window {
    pub(super) fn new(workers: usize, quota: Option<Arc<Quota>>) -> Self {
        let state = State {
            slots: Vec::new(),
            free: Vec::new(),
            held: 0,
            bytes: 0,
            ready: VecDeque::new(),
            behind: HashMap::new(),
            parked: BinaryHeap::new(),
            running: 0,
            idle_workers: 0,
            is_alone: false,
            done: Vec::new(),
            is_reading: false,
            reading_since: Instant::now(),
            wants_at_most: 0,
            phase: Phase::Running,
            end: None,
            successes: 0,
            failed_since: 0,
            came: Instant::now(),
            runs: vec![None; workers],
            quota,
        };
        Self {
            state: Mutex::new(state),
            ready: Condvar::new(),
            keeping: Condvar::new(),
            room: Condvar::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }

    /// Takes entries in.
    pub(super) fn put(&self, deliveries: Vec<Delivery>) {
        let mut state = self.state();
        state.came = Instant::now();
        for delivery in deliveries {
            state.put(delivery);
        }
        let (wanted, idle) = (state.ready.len(), state.idle_workers);
        drop(state);
        // A short run is done by one worker before a second has woken; the keeper wakes the others for a long one.
        if wanted > 0 && idle > 0 {
            self.ready.notify_one();
        }
    }

    /// Wakes all workers, for entries that wait longer than a short run takes.
    pub(super) fn wake_workers(&self) {
        self.ready.notify_all();
    }

    /// The next entry to handle; waits for one. `None` if there is no more to do.
    ///
    /// What became of the last one is told with it.
    pub(super) fn next(&self, worker: usize, last: Option<(Box<Work>, Next)>) -> Option<Box<Work>> {
        let mut state = self.state();
        state.runs[worker] = None;
        if let Some((work, next)) = last {
            let before = state.held;
            let told = state.settle(work, next);
            if told.parked || (told.done && state.is_reading) {
                self.keeping.notify_one();
            }
            if state.held < before && (state.held <= state.wants_at_most || state.ready.is_empty()) {
                self.room.notify_one();
            }
            // Whoever stands behind it, or waits for it to be alone.
            if state.ready.len() > 1 && state.idle_workers > 0 && told.was_alone {
                self.ready.notify_one();
            }
        }
        loop {
            if state.phase != Phase::Running {
                self.room.notify_all();
                return None;
            }
            if let Some(work) = state.take() {
                return Some(work);
            }
            state.idle_workers += 1;
            state = sync::wait(&self.ready, state);
            state.idle_workers -= 1;
        }
    }

    /// Notes what a worker runs from now on, and after how long it is to be told of.
    pub(super) fn runs(&self, worker: usize, receiver: &'static str, limit: Option<Duration>) {
        self.state().runs[worker] = Some(Running { since: Instant::now(), receiver, limit, is_told: false });
    }

    /// What a worker has taken and could not begin, as all is to end.
    pub(super) fn give_back(&self, worker: usize, work: Box<Work>) {
        let mut state = self.state();
        state.runs[worker] = None;
        state.put_back(work);
        drop(state);
        self.room.notify_all();
    }

    /// Waits until there is room, and gives how many entries may be read, with what is to be acknowledged. `None` if
    /// nothing is to be read any more.
    pub(super) fn wait_for_room(&self, limits: Limits) -> Option<(usize, Vec<EntryId>)> {
        let mut state = self.state();
        state.is_reading = true;
        state.reading_since = Instant::now();
        loop {
            if state.phase != Phase::Running || state.end.is_some() {
                return None;
            }
            let room = state.room(limits.entries);
            let batch = if state.is_storm() { 1 } else { limits.batch };
            // A reading costs as much for one entry as for many: as long as the workers have something to do, it is for a
            // whole batch.
            let is_worthwhile = room >= batch || (room > 0 && state.ready.is_empty());
            let has_bytes = state.bytes < limits.bytes;
            if (is_worthwhile || room == limits.entries) && has_bytes && state.is_calm(limits.probe) {
                state.reading_since = Instant::now();
                return Some((room.min(batch), std::mem::take(&mut state.done)));
            }
            state.wants_at_most =
                if has_bytes { limits.entries.saturating_sub(limits.batch) } else { usize::MAX };
            self.keeping.notify_one();
            state = sync::wait_timeout(&self.room, state, Duration::from_millis(100));
            state.wants_at_most = 0;
        }
    }

    /// What could not be acknowledged is to be acknowledged again.
    pub(super) fn not_acknowledged(&self, done: Vec<EntryId>) {
        self.state().done.extend(done);
    }

    /// Waits until the keeper has something to do, at most until a time.
    pub(super) fn wait_to_keep(&self, max: Duration) -> MutexGuard<'_, State> {
        let state = self.state();
        let now = Instant::now();
        let mut wait = state.due().map_or(max, |due| due.saturating_duration_since(now).min(max));
        if state.is_reading && !state.done.is_empty() {
            wait = wait.min((state.reading_since + READING).saturating_duration_since(now));
        }
        let has_work = state.phase != Phase::Running;
        if wait.is_zero() || has_work {
            return state;
        }
        sync::wait_timeout(&self.keeping, state, wait)
    }

    /// Lets the threads see a change of phase.
    pub(super) fn notify_all(&self) {
        self.ready.notify_all();
        self.keeping.notify_all();
        self.room.notify_all();
    }

    /// Ends by itself, for this reason, unless it is ending already.
    pub(super) fn end(&self, end: End) {
        self.state().end.get_or_insert(end);
        self.notify_all();
    }

    /// Waits for a change, at most so long.
    pub(super) fn wait_for_change<'a>(
        &self,
        state: MutexGuard<'a, State>,
        max: Duration,
    ) -> MutexGuard<'a, State> {
        sync::wait_timeout(&self.room, state, max)
    }
}

/// A reading that takes longer than this waits for entries, and what is done meanwhile is not acknowledged with the next
/// one.
const READING: Duration = Duration::from_millis(5);

/// How much may be in hand.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) entries: usize,
    pub(super) bytes: usize,
    pub(super) batch: usize,
    /// How often one entry more is read in a storm.
    pub(super) probe: Duration,
}

/// What a settled entry means for others.
struct Told {
    done: bool,
    parked: bool,
    was_alone: bool,
}

impl State {
    fn put(&mut self, delivery: Delivery) {
        let size = delivery.message.size();
        let work = Box::new(Work {
            slot: 0,
            delivery,
            decoded: None,
            receivers: Vec::new(),
            letter: None,
            is_marked: false,
            since: None,
            failed_after: None,
            size,
        });
        self.held += 1;
        self.bytes += size;
        self.place(work);
    }

    /// Puts an entry behind those of its key, or makes it ready.
    fn place(&mut self, mut work: Box<Work>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::Free);
            self.slots.len() - 1
        });
        work.slot = slot;
        let behind = work.delivery.message.key().map(|key| self.behind.get_mut(key).ok_or(key));
        match behind {
            None => self.ready.push_back(slot),
            Some(Ok(behind)) => behind.push_back(slot),
            Some(Err(key)) => {
                self.behind.insert(key.into(), VecDeque::new());
                self.ready.push_back(slot);
            }
        }
        self.slots[slot] = Slot::Waiting(work);
    }

    fn take(&mut self) -> Option<Box<Work>> {
        if self.is_alone {
            return None;
        }
        let slot = *self.ready.front()?;
        let Slot::Waiting(work) = &self.slots[slot] else {
            self.ready.pop_front();
            return self.take();
        };
        let is_suspect = work.delivery.is_redelivered && !work.is_marked;
        if is_suspect && self.running > 0 {
            return None;
        }
        if work.since.is_none() && self.quota.as_ref().is_some_and(|quota| !quota.begin()) {
            return None;
        }
        self.ready.pop_front();
        let taken = Slot::Taken { entry: work.delivery.entry.clone() };
        let Slot::Waiting(work) = std::mem::replace(&mut self.slots[slot], taken) else { return None };
        self.is_alone = is_suspect;
        self.running += 1;
        Some(work)
    }

    fn settle(&mut self, mut work: Box<Work>, next: Next) -> Told {
        let mut told = Told { done: false, parked: false, was_alone: self.is_alone };
        self.running -= 1;
        self.is_alone = false;
        match next {
            Next::Again(due) => {
                // Each entry counts once, however often it fails.
                if work.failed_after.replace(self.successes) != Some(self.successes) {
                    self.failed_since += 1;
                }
                let slot = work.slot;
                self.slots[slot] = Slot::Waiting(work);
                self.parked.push(Reverse((due, slot)));
                told.parked = true;
                return told;
            }
            Next::Done => {
                self.done.push(work.delivery.entry.clone());
                self.successes += 1;
                self.failed_since = 0;
                told.done = self.done.len() == 1;
            }
            Next::Buried | Next::Dropped => {}
        }
        self.count_as_ended();
        self.forget(work.slot, work.delivery.message.key(), work.size);
        told
    }

    /// An entry is no longer in hand: the next of its key is ready.
    fn forget(&mut self, slot: usize, key: Option<&[u8]>, size: usize) {
        self.slots[slot] = Slot::Free;
        self.free.push(slot);
        self.held -= 1;
        self.bytes -= size;
        let Some(key) = key else { return };
        match self.behind.get_mut(key).map(VecDeque::pop_front) {
            Some(Some(next)) => self.ready.push_back(next),
            Some(None) => {
                self.behind.remove(key);
            }
            None => {}
        }
    }

    /// How many more entries may be in hand, if so many may be at all. No more than are to be begun: others of the group are
    /// to have them.
    pub(super) fn room(&self, max: usize) -> usize {
        let room = max.saturating_sub(self.held);
        let Some(quota) = &self.quota else { return room };
        let is_unbegun = |slot: &&Slot| matches!(slot, Slot::Waiting(work) if work.since.is_none());
        room.min(quota.left().saturating_sub(self.slots.iter().filter(is_unbegun).count()))
    }

    /// An entry that was begun has come to its end.
    fn count_as_ended(&mut self) {
        if self.quota.as_ref().is_some_and(|quota| quota.end()) {
            self.end.get_or_insert(End::Complete);
        }
    }

    fn put_back(&mut self, work: Box<Work>) {
        self.running -= 1;
        self.is_alone = false;
        let slot = work.slot;
        self.slots[slot] = Slot::Waiting(work);
    }

    /// When the next entry is to be tried again.
    fn due(&self) -> Option<Instant> {
        self.parked.peek().map(|Reverse((due, _))| *due)
    }

    /// Makes those ready whose time has come. Whether there were any.
    pub(super) fn unpark(&mut self, now: Instant) -> bool {
        let mut any = false;
        while self.due().is_some_and(|due| due <= now) {
            if let Some(Reverse((_, slot))) = self.parked.pop() {
                self.ready.push_back(slot);
                any = true;
            }
        }
        any
    }

    pub(super) fn take_done(&mut self) -> Vec<EntryId> {
        std::mem::take(&mut self.done)
    }

    pub(super) fn is_waiting_for_workers(&self) -> bool {
        !self.ready.is_empty() && self.idle_workers > 0 && !self.is_alone
    }

    pub(super) fn running(&self) -> usize {
        self.running
    }

    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// All entries in hand.
    pub(super) fn entries(&self) -> Vec<EntryId> {
        let entries = self.slots.iter().filter_map(|slot| match slot {
            Slot::Free => None,
            Slot::Waiting(work) => Some(work.delivery.entry.clone()),
            Slot::Taken { entry } => Some(entry.clone()),
        });
        entries.collect()
    }

    /// Those that no worker has.
    pub(super) fn take_waiting(&mut self) -> Vec<EntryId> {
        let mut waiting = Vec::new();
        for slot in &mut self.slots {
            if let Slot::Waiting(work) = slot {
                waiting.push(work.delivery.entry.clone());
                self.held -= 1;
                self.bytes -= work.size;
                *slot = Slot::Free;
            }
        }
        self.ready.clear();
        self.parked.clear();
        self.behind.clear();
        waiting
    }

    /// Others have taken this entry over: it is not begun here any more. Whether it was here at all.
    pub(super) fn drop_lost(&mut self, lost: &EntryId) -> bool {
        let found = self.slots.iter().position(|slot| match slot {
            Slot::Waiting(work) => work.delivery.entry == *lost,
            Slot::Free | Slot::Taken { .. } => false,
        });
        let Some(slot) = found else { return false };
        let Slot::Waiting(work) = std::mem::replace(&mut self.slots[slot], Slot::Free) else { return false };
        self.ready.retain(|each| *each != slot);
        self.parked.retain(|Reverse((_, each))| *each != slot);
        let key = work.delivery.message.key();
        let stood_behind = key.and_then(|key| self.behind.get_mut(key)).is_some_and(|behind| {
            let place = behind.iter().position(|each| *each == slot);
            place.map(|place| behind.remove(place)).is_some()
        });
        self.forget(slot, key.filter(|_| !stood_behind), work.size);
        if work.since.is_some() {
            self.count_as_ended();
        }
        true
    }

    /// Whether an entry is in hand already: it came again while it was with a worker.
    pub(super) fn has(&self, entry: &EntryId) -> bool {
        self.slots.iter().any(|slot| match slot {
            Slot::Free => false,
            Slot::Waiting(work) => work.delivery.entry == *entry,
            Slot::Taken { entry: taken } => taken == entry,
        })
    }

    /// Whether everything fails at the moment: several entries have failed, and none was done since. Then it is not for the
    /// events, and giving them up one by one would bury the whole backlog.
    pub(super) fn is_storm(&self) -> bool {
        self.failed_since >= STORM
    }

    /// Whether reading may go on. In a storm that is for one entry now and then, when nothing is left to be tried: it shows
    /// whether everything fails, or only what happens to be in hand. Otherwise a few events that never work would hold up
    /// all behind them for ever.
    fn is_calm(&self, probe: Duration) -> bool {
        !self.is_storm() || (self.ready.is_empty() && self.came.elapsed() >= probe)
    }

    /// Whether what is done would have to wait for too long until the reader acknowledges it.
    pub(super) fn is_reading_long(&self, now: Instant) -> bool {
        self.is_reading && now >= self.reading_since + READING
    }
}

/// So many entries that fail and none that does not are no accident.
const STORM: usize = 5;
