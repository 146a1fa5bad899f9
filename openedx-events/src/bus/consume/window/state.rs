//! The entries in flight and what becomes of them, without threads: [`State`].

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::delayed::{Backoff, Delayed};
use super::entry::{Entry, Job, OpenShare, Origin, Settlement, Share, ShareEnd, Stage};
use super::isolation::Isolation;
use super::key_queues::KeyQueues;
use super::lanes::{LaneKey, Lanes, Next, ShareId, Wait};
use super::limits::Limits;
use super::parking::{Parking, ParkingLimits, StoreChange};
use super::phase::{End, Phase};
use super::reader_phase::ReaderPhase;
use super::runs::Runs;
use super::slots::Slots;
use super::standstill::Standstill;
use super::weights::Weights;
use crate::bus::consume::circuit::{Failures, Start};
use crate::bus::consume::circuits::{CircuitId, Circuits};
use crate::bus::consume::progress::ReceiverProgress;
use crate::bus::consume::quota::Quota;
use crate::bus::contract::{Delivery, EntryId};

/// What the [`Window`](super::Window) guards with its lock.
///
/// An entry in flight is in one of these places: ready for a worker, behind an entry of its key, backing off, with a worker; or
/// it is open: its receivers have run, and those that failed or have to wait are in the lanes of these receivers.
pub(super) struct State {
    pub(super) limits: Limits,
    pub(super) workers: usize,
    pub(super) slots: Slots,
    weights: Weights,
    /// What a worker may take.
    pub(super) ready: VecDeque<Ready>,
    /// The same for what may have killed the process that had it before.
    pub(super) suspects: VecDeque<Ready>,
    keys: KeyQueues,
    delayed: Delayed,
    /// For each receiver, the events that wait for it.
    pub(super) lanes: BTreeMap<CircuitId, Lanes>,
    pub(super) circuits: Arc<Circuits>,
    pub(super) isolation: Isolation,
    idle_workers: usize,
    /// Whether the next choice between a new entry and one that was picked falls on the latter.
    is_picked_next: bool,
    /// The receiver for which an event was picked last.
    last_picked: Option<CircuitId>,
    /// To be acknowledged.
    done: Vec<EntryId>,
    /// Entries in flight of a group that was lost, which its successor has not delivered again yet.
    of_lost_group: HashSet<EntryId>,
    /// Entries with an attempt that is counted on the bus and not settled.
    counted: Vec<EntryId>,
    /// What is done is left to the end of the consumer, as it could not be acknowledged while it stops.
    is_left_to_the_end: bool,
    pub(super) reader: ReaderPhase,
    pub(super) phase: Phase,
    pub(super) runs: Runs,
    quota: Option<Arc<Quota>>,
    pub(super) parking: Parking,
    /// When the next batch is read of a topic none of whose receivers works.
    next_slow_read: Option<Instant>,
}

/// What a worker may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// The entry of this slot.
    Entry(usize),
    /// The first event of a lane of a receiver.
    Lane(CircuitId, LaneKey),
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
    pub(in crate::bus::consume) are_retries_ready: bool,
    /// Something may run while workers sleep.
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
const STOPPING_LOOK: Duration = Duration::from_millis(20);

impl State {
    pub(super) fn new(
        limits: Limits,
        workers: usize,
        circuits: Arc<Circuits>,
        quota: Option<Arc<Quota>>,
        parking: Option<ParkingLimits>,
    ) -> Self {
        Self {
            limits,
            workers,
            slots: Slots::default(),
            weights: Weights::default(),
            ready: VecDeque::new(),
            suspects: VecDeque::new(),
            keys: KeyQueues::default(),
            delayed: Delayed::default(),
            lanes: BTreeMap::new(),
            circuits,
            isolation: Isolation::default(),
            idle_workers: 0,
            is_picked_next: false,
            last_picked: None,
            done: Vec::new(),
            of_lost_group: HashSet::new(),
            counted: Vec::new(),
            is_left_to_the_end: false,
            reader: ReaderPhase::Busy,
            phase: Phase::Running,
            runs: Runs::new(workers),
            quota,
            parking: Parking::new(parking),
            next_slow_read: None,
        }
    }

    /// This many entries without weight were read before.
    #[cfg(test)]
    pub(super) fn has_seen(&mut self, entries: usize) {
        (0..entries).for_each(|_| self.weights.add(0));
    }

    /// Takes in what was read.
    pub(super) fn put(&mut self, deliveries: Vec<Delivery>) -> Wakes {
        for delivery in deliveries {
            let slot = self.slots.insert(Box::new(Entry::new(delivery)));
            let Some(entry) = self.slots.waiting(slot) else { continue };
            self.weights.add(entry.size);
            let key = entry.delivery.message.key();
            if key.is_none_or(|key| self.keys.push(key, slot)) {
                self.ready.push_back(Ready::Entry(slot));
            }
        }
        // One worker has done a short run before a second one has woken; the upkeep wakes the others for a long one.
        Wakes { worker: !self.ready.is_empty() && self.idle_workers > 0, ..Wakes::default() }
    }

    // What workers take.

    /// Takes out what a worker is to handle next, if anything may begin.
    pub(super) fn take(&mut self, worker: usize, now: Instant) -> Option<Job> {
        loop {
            if let Some(suspect) = self.next_suspect(now) {
                if let Some(job) = self.begin(worker, suspect, true, now) {
                    return Some(job);
                }
                continue;
            }
            if !self.isolation.allows_other(!self.suspects.is_empty(), now) {
                return None;
            }
            if self.is_picked_next || self.ready.is_empty() {
                self.is_picked_next = false;
                let suspects = self.suspects.len();
                if let Some(job) = self.take_picked(worker, now) {
                    return Some(job);
                }
                // It was one.
                if self.suspects.len() > suspects {
                    continue;
                }
            }
            let ready = self.next_ready()?;
            self.is_picked_next = true;
            if self.is_suspect(&ready) {
                self.suspects.push_back(ready);
            } else if let Some(job) = self.begin(worker, ready, false, now) {
                return Some(job);
            }
        }
    }

    /// What comes next; nothing that would be one entry too many. An entry is begun from now on, also if it has to wait to be
    /// alone.
    fn next_ready(&mut self) -> Option<Ready> {
        let is_new = |ready: &Ready| match ready {
            Ready::Entry(slot) => self.slots.waiting(*slot).is_some_and(|entry| !entry.is_begun()),
            Ready::Lane(..) => false,
        };
        let index = match &self.quota {
            None => 0,
            Some(quota) => self.ready.iter().position(|ready| !is_new(ready) || quota.begin())?,
        };
        let ready = self.ready.remove(index)?;
        if let Ready::Entry(slot) = &ready
            && let Some(entry) = self.slots.waiting_mut(*slot)
        {
            entry.begin();
        }
        Some(ready)
    }

    fn next_suspect(&mut self, now: Instant) -> Option<Ready> {
        if self.suspects.is_empty() || !self.isolation.allows_suspect(now) {
            return None;
        }
        self.suspects.pop_front()
    }

    fn is_suspect(&self, ready: &Ready) -> bool {
        let slot = match ready {
            Ready::Entry(slot) => Some(*slot),
            Ready::Lane(circuit, key) => {
                self.lanes.get(circuit).and_then(|lanes| lanes.ready(key)).map(|share| share.slot)
            }
        };
        slot.is_some_and(|slot| {
            self.slots.waiting(slot).is_some_and(Entry::is_suspect)
                || self.slots.parked(slot).is_some_and(|parked| parked.starts > 0)
        })
    }

    /// Begins what is ready. `None` if it is not, or not any more.
    fn begin(&mut self, worker: usize, ready: Ready, is_suspect: bool, now: Instant) -> Option<Job> {
        let job = match ready {
            Ready::Entry(slot) => Job::Entry(self.slots.take(slot)?),
            Ready::Lane(circuit, key) => {
                let share = self.lanes.get(&circuit)?.ready(&key)?;
                if self.slots.parked(share.slot).is_some() {
                    let is_last = self.slots.failures(share).is_some_and(Failures::is_last_run);
                    let may_run = is_last
                        || (self.circuits.may_start(circuit, now) && !self.has_too_many_workers(circuit));
                    if may_run && self.has_room_to_fetch() {
                        return self.fetch_one(worker, share, is_suspect, now);
                    }
                    // Others are fetched, and have to be put back first.
                    self.lanes.get_mut(&circuit)?.hold(&key);
                    return None;
                }
                let Some(mut failures) = self.slots.failures(share).cloned() else {
                    // It is being parked.
                    self.lanes.get_mut(&circuit)?.hold(&key);
                    return None;
                };
                let is_held = !failures.is_last_run()
                    && (self.has_too_many_workers(circuit)
                        || self.circuits.start(circuit, &mut failures, now) == Start::Wait);
                let lanes = self.lanes.get_mut(&circuit)?;
                if is_held {
                    lanes.hold(&key);
                    return None;
                }
                lanes.begin(&key);
                Job::Share(self.share(share, circuit, key, failures)?)
            }
        };
        self.isolation.begin(worker, is_suspect, now);
        Some(job)
    }

    /// Picks an event that waits for a receiver, if one may run.
    fn take_picked(&mut self, worker: usize, now: Instant) -> Option<Job> {
        // No receiver comes first each time.
        let mut circuits: Vec<_> = self.lanes.keys().copied().collect();
        let first = circuits.partition_point(|circuit| Some(*circuit) <= self.last_picked);
        circuits.rotate_left(first);
        for circuit in circuits {
            if let Some(fetch) = self.fetch_ahead(worker, circuit, now) {
                return Some(fetch);
            }
            if !self.may_pick(circuit) {
                continue;
            }
            let Some((key, share)) = self.pick(circuit, now) else { continue };
            if self.slots.parked(share.slot).is_some() {
                if let Some(fetch) = self.fetch_picked(worker, circuit, (key, share), now) {
                    return Some(fetch);
                }
                continue;
            }
            // It is not there while it is being parked.
            let Some(mut failures) = self.slots.failures(share).cloned() else {
                if let Some(lanes) = self.lanes.get_mut(&circuit) {
                    lanes.put_back(&key);
                }
                continue;
            };
            let is_suspect = self.slots.waiting(share.slot).is_some_and(Entry::is_suspect);
            let may_begin = !is_suspect || self.isolation.allows_suspect(now);
            if !may_begin || self.circuits.start(circuit, &mut failures, now) == Start::Wait {
                if let Some(lanes) = self.lanes.get_mut(&circuit) {
                    lanes.put_back(&key);
                }
                continue;
            }
            if let Some(share) = self.share(share, circuit, key, failures) {
                self.last_picked = Some(circuit);
                self.isolation.begin(worker, is_suspect, now);
                return Some(Job::Share(share));
            }
        }
        None
    }

    /// Whether what is picked of a receiver may be in flight: it may be parked, unless it was fetched.
    fn may_pick(&self, circuit: CircuitId) -> bool {
        self.parking.events() == 0
            || self.has_room_to_fetch()
            || self.lanes.get(&circuit).is_some_and(Lanes::has_fetched)
    }

    fn pick(&mut self, circuit: CircuitId, now: Instant) -> Option<(LaneKey, ShareId)> {
        if !self.circuits.may_start(circuit, now) || self.has_too_many_workers(circuit) {
            return None;
        }
        let (is_probe, max) = (self.circuits.is_open(circuit), self.max_picked());
        self.lanes.get_mut(&circuit)?.pick(is_probe, max, now)
    }

    /// How many events that waited for a receiver may run at once: one worker is left for new ones.
    fn max_picked(&self) -> usize {
        if self.ready.is_empty() { self.workers } else { self.workers.saturating_sub(1).max(1) }
    }

    /// Whether a receiver that fails, or does not return, has half of the workers.
    fn has_too_many_workers(&self, circuit: CircuitId) -> bool {
        let most = (self.workers / 2).max(1);
        !self.circuits.is_blank(circuit) && self.runs.of(&self.circuits.path(circuit)) >= most
    }

    /// Hands out one receiver of an open entry.
    fn share(
        &mut self,
        id: ShareId,
        circuit: CircuitId,
        lane: LaneKey,
        failures: Failures,
    ) -> Option<Box<Share>> {
        let entry = self.slots.waiting_mut(id.slot)?;
        entry.running += 1;
        entry.has_run = true;
        let (is_suspect, is_attempt_counted) = (entry.is_suspect(), entry.is_attempt_counted);
        let is_of_store = entry.origin != Origin::Topic;
        let id_of_entry = entry.delivery.entry.clone();
        let progress = entry.progress()?;
        *progress.receivers.get_mut(id.number)? = ReceiverProgress::Running;
        let (event, call) = (Arc::clone(&progress.event), progress.call(id.number));
        Some(Box::new(Share {
            entry: id_of_entry,
            event,
            failures,
            id,
            circuit,
            lane,
            call,
            is_suspect,
            is_attempt_counted,
            is_of_store,
        }))
    }

    /// Whether a receiver of an entry that a worker has may run now. Otherwise it waits, in the order of its key.
    pub(super) fn may_run(
        &self,
        entry: &Entry,
        circuit: CircuitId,
        failures: &mut Failures,
        now: Instant,
    ) -> bool {
        let is_behind = self.lanes.get(&circuit).is_some_and(|lanes| lanes.has(&lane_key(entry)));
        !is_behind
            && !self.has_too_many_workers(circuit)
            && self.circuits.start(circuit, failures, now) != Start::Wait
    }

    // What workers settle.

    /// Takes back an entry that was handled.
    pub(super) fn settle(
        &mut self,
        worker: usize,
        mut entry: Box<Entry>,
        settlement: Settlement,
        now: Instant,
    ) -> Wakes {
        let was_suspect = self.isolation.finish(worker);
        let mut wakes = Wakes::default();
        match settlement {
            Settlement::Retry { at } => {
                self.delayed.push(at, Backoff::Entry(entry.slot));
                self.slots.put_back(entry);
                wakes.upkeep = true;
            }
            Settlement::Open(shares) => {
                self.advance(&mut entry);
                entry.has_run = true;
                let key = lane_key(&entry);
                let slot = entry.slot;
                self.slots.put_back(entry);
                self.parking.is_open(slot);
                for share in shares {
                    self.wait(slot, &key, share, now);
                }
                wakes.upkeep = true;
            }
            Settlement::Done => {
                match &entry.origin {
                    Origin::Topic => {
                        self.parking.was_of_use(true);
                        self.done.push(entry.delivery.entry.clone());
                        wakes.upkeep = self.done.len() == 1 && self.reader.is_waiting();
                    }
                    Origin::Store { id, others } => {
                        self.parking.end(*id, others.clone());
                        wakes.upkeep = self.parking.has_just_filled_a_write(self.limits.store_batch);
                    }
                }
                wakes.reader = self.finish(entry);
            }
            Settlement::DeadLettered | Settlement::Lost => wakes.reader = self.finish(entry),
        }
        // Whatever has waited for it to be alone, besides what this worker takes itself.
        let is_more_ready = self.ready.len() + self.suspects.len() > 1;
        wakes.worker = was_suspect && is_more_ready && self.idle_workers > 0;
        wakes
    }

    /// A receiver of an open entry waits.
    fn wait(&mut self, slot: usize, key: &LaneKey, open: OpenShare, now: Instant) {
        let OpenShare { number, circuit, outage_limit, wait, effect } = open;
        // It may not have run after all.
        if let Some(failures) = self.slots.failures_mut(ShareId { slot, number }) {
            self.circuits.give_back_probe(circuit, failures, now);
        }
        self.enter_lane(circuit, *key, ShareId { slot, number }, wait, outage_limit);
        if effect.has_opened
            && let Some(lanes) = self.lanes.get_mut(&circuit)
        {
            lanes.hold_all();
        }
        if effect.was_probe {
            self.expire(circuit, now);
        }
    }

    /// A receiver of an event waits behind others of its key.
    pub(super) fn enter_lane(
        &mut self,
        circuit: CircuitId,
        key: LaneKey,
        share: ShareId,
        wait: Wait,
        outage_limit: Duration,
    ) {
        if self.lanes.is_empty() {
            self.circuits.something_waits(true);
        }
        let lanes = self.lanes.entry(circuit).or_insert_with(|| Lanes::new(outage_limit));
        let next = lanes.push(key, share, wait);
        self.apply(circuit, &key, next);
    }

    /// Takes back one receiver of an entry that has run. Returns the entry if it was the last one, for the worker to settle.
    pub(super) fn end_share(
        &mut self,
        worker: usize,
        share: &Share,
        mut failures: Failures,
        end: ShareEnd,
        now: Instant,
    ) -> Option<Box<Entry>> {
        let Share { id, circuit, lane, .. } = share;
        self.isolation.finish(worker);
        // It may not have run after all.
        self.circuits.give_back_probe(*circuit, &mut failures, now);
        let entry = self.slots.waiting_mut(id.slot)?;
        entry.running -= 1;
        entry.is_attempt_counted = share.is_attempt_counted;
        let progress = entry.progress()?;
        let receiver = progress.receivers.get_mut(id.number)?;
        let lanes = self.lanes.get_mut(circuit)?;
        let next = match end {
            ShareEnd::Failed { wait, effect } => {
                *receiver = ReceiverProgress::Open(*circuit, failures);
                let was_picked = lanes.is_picked(lane);
                let next = lanes.failed(lane, wait, effect.was_probe, now);
                if effect.has_opened {
                    lanes.hold_all();
                }
                self.apply(*circuit, lane, next);
                if effect.was_probe || was_picked {
                    self.expire(*circuit, now);
                }
                return None;
            }
            ShareEnd::Done => {
                *receiver = ReceiverProgress::Done;
                lanes.ended(lane, true, self.workers)
            }
            ShareEnd::Lost => {
                *receiver = ReceiverProgress::Done;
                progress.is_lost = true;
                lanes.ended(lane, false, self.workers)
            }
            ShareEnd::GivenUp(given_up) => {
                *receiver = ReceiverProgress::GivenUp(given_up);
                lanes.ended(lane, false, self.workers)
            }
        };
        let is_open = progress.is_open();
        self.apply(*circuit, lane, next);
        self.forget_lanes(*circuit);
        if is_open {
            return None;
        }
        // The worker has the entry itself from now on.
        self.isolation.begin(worker, share.is_suspect, now);
        self.slots.take(id.slot)
    }

    /// Counts the event of a share as an error, unless it was. Returns whether it was not.
    pub(super) fn count_error(&mut self, share: &Share) -> bool {
        let progress = self.slots.waiting_mut(share.id.slot).and_then(Entry::progress);
        progress.is_some_and(|progress| !std::mem::replace(&mut progress.is_error, true))
    }

    /// The circuit of a receiver has closed: what waits for it may run.
    pub(super) fn works_again(&mut self, circuit: CircuitId) {
        if let Some(lanes) = self.lanes.get_mut(&circuit) {
            lanes.works_again();
        }
    }

    /// Events that have waited for too long have a last run.
    fn expire(&mut self, circuit: CircuitId, now: Instant) {
        let Some(lanes) = self.lanes.get_mut(&circuit) else { return };
        let slots = &self.slots;
        let since = |share: ShareId| slots.failures(share).and_then(Failures::since);
        for (key, share) in lanes.expire(now, since) {
            if let Some(failures) = self.slots.failures_mut(share) {
                failures.set_last_run();
            }
            self.ready.push_back(Ready::Lane(circuit, key));
        }
    }

    /// Does what is to be done for the first event of a lane.
    pub(super) fn apply(&mut self, circuit: CircuitId, key: &LaneKey, next: Next) {
        match next {
            Next::Ready => self.ready.push_back(Ready::Lane(circuit, *key)),
            Next::At(at) => self.delayed.push(at, Backoff::Lane(circuit, *key)),
            Next::Later | Next::Nothing => {}
        }
    }

    /// Nothing is kept for a receiver that nothing waits for.
    fn forget_lanes(&mut self, circuit: CircuitId) {
        if self.lanes.get(&circuit).is_some_and(Lanes::is_empty) {
            self.lanes.remove(&circuit);
            if self.lanes.is_empty() {
                self.circuits.something_waits(false);
            }
        }
    }

    /// Removes an entry that was handled. Returns whether the reader may go on.
    pub(super) fn finish(&mut self, mut entry: Box<Entry>) -> bool {
        self.forget_attempt(&entry);
        match entry.origin {
            Origin::Topic => self.count_in_quota(),
            Origin::Store { id, .. } => {
                self.parking.forget_fetched(id);
                self.parking.left(entry.size as u64);
            }
        }
        self.advance(&mut entry);
        self.slots.remove(&entry);
        self.reader.may_read(self.slots.len(), self.ready.is_empty())
    }

    /// The next entry of the key of this one is ready, unless it is already.
    fn advance(&mut self, entry: &mut Entry) {
        if std::mem::take(&mut entry.is_first_of_key) {
            let next = entry.delivery.message.key().and_then(|key| self.keys.pop(key));
            self.ready.extend(next.map(Ready::Entry));
        }
    }

    /// An entry that was begun has ended.
    pub(super) fn count_in_quota(&mut self) {
        if self.quota.as_ref().is_some_and(|quota| quota.end()) {
            self.phase.end(End::Complete);
        }
    }

    /// Takes back an entry that a worker could not handle, to be released when the consumer stops.
    pub(super) fn give_back(&mut self, worker: usize, entry: Box<Entry>) {
        self.isolation.finish(worker);
        self.slots.put_back(entry);
    }

    /// Takes back one receiver of an entry that a worker could not run, to be released when the consumer stops.
    pub(super) fn give_back_share(&mut self, worker: usize, share: &Share, failures: Failures) {
        self.isolation.finish(worker);
        let Some(entry) = self.slots.waiting_mut(share.id.slot) else { return };
        entry.running -= 1;
        entry.is_attempt_counted = share.is_attempt_counted;
        if let Some(progress) = entry.progress()
            && let Some(receiver) = progress.receivers.get_mut(share.id.number)
        {
            *receiver = ReceiverProgress::Open(share.circuit, failures);
        }
        if let Some(lanes) = self.lanes.get_mut(&share.circuit) {
            lanes.put_back(&share.lane);
        }
    }

    // What the reader asks for.

    /// What may be read now, if anything. What is done is handed out with it.
    pub(super) fn read_request(&mut self, now: Instant) -> Option<ReadRequest> {
        let room = self.room();
        let batch = self.limits.batch;
        // A read costs as much for one entry as for many: as long as the workers are busy, it is for a whole batch.
        let is_worthwhile = room >= batch || (room > 0 && self.ready.is_empty());
        if !is_worthwhile {
            return None;
        }
        let fitting = self.weights.fitting(self.limits.bytes.saturating_sub(self.slots.bytes()));
        if fitting == 0 || self.is_read_held(now) {
            return None;
        }
        Some(ReadRequest { max: room.min(batch).min(fitting), done: self.take_done() })
    }

    /// Whether no receiver of the topic gains by more events, as each fails, or has many to run that have waited for it; and none
    /// has gained by the last batch, which others have received that have not run before.
    fn is_blocked(&self) -> bool {
        if self.parking.in_a_row() < self.limits.batch || !self.parking.is_on() {
            return false;
        }
        let has_many =
            |circuit| self.lanes.get(&circuit).is_some_and(|lanes| lanes.len() > self.limits.entries);
        let reached = self.runs.reached();
        !reached.is_empty()
            && reached
                .iter()
                .map(|path| self.circuits.of(path))
                .all(|circuit| self.circuits.is_open(circuit) || has_many(circuit))
    }

    /// Whether a read is to wait: events would be parked that no receiver needs soon, or cannot be parked.
    fn is_read_held(&mut self, now: Instant) -> bool {
        if self.parking.is_full() {
            return true;
        }
        if !self.is_blocked() {
            self.next_slow_read = None;
            return false;
        }
        if self.next_slow_read.is_some_and(|next| now < next) {
            return true;
        }
        self.next_slow_read = Some(now + self.limits.slow_read);
        false
    }

    /// How many entries may be claimed.
    pub(super) fn room_to_claim(&self) -> usize {
        let fitting = self.weights.fitting(self.limits.bytes.saturating_sub(self.slots.bytes()));
        self.room().min(fitting).min(self.limits.batch)
    }

    /// How few entries must be in flight before the reader is woken. It looks by itself, too.
    pub(super) fn enough_room_at(&self) -> usize {
        let has_bytes = self.slots.bytes() < self.limits.bytes;
        if has_bytes { self.limits.entries.saturating_sub(self.limits.batch) } else { usize::MAX }
    }

    /// How many more entries may be in flight. No more than may be begun: the rest is for others of the group.
    pub(super) fn room(&self) -> usize {
        let room = self.limits.entries.saturating_sub(self.taken());
        let Some(quota) = &self.quota else { return room };
        room.min(quota.left().saturating_sub(self.slots.unbegun()))
    }

    /// What could not be acknowledged is to be acknowledged again: while the consumer stops, at its end and not before.
    pub(super) fn acknowledge_again(&mut self, done: Vec<EntryId>) {
        self.done.extend(done);
        self.is_left_to_the_end = self.phase.is_stopping();
    }

    /// Counts the failing events of a receiver as errors, each once, and returns how many have not been counted before.
    pub(super) fn count_errors(&mut self, circuit: CircuitId) -> u32 {
        let Some(lanes) = self.lanes.get(&circuit) else { return 0 };
        let mut errors = 0;
        for share in lanes.shares() {
            if let Some(progress) = self.slots.waiting_mut(share.slot).and_then(Entry::progress)
                && let Some(ReceiverProgress::Open(_, failures)) = progress.receivers.get(share.number)
                && failures.is_failing()
            {
                errors += u32::from(!std::mem::replace(&mut progress.is_error, true));
            }
        }
        errors
    }

    /// How many events of each receiver wait, and since when the oldest does.
    pub(super) fn waiting(&self) -> Vec<(CircuitId, usize, Option<Instant>)> {
        let oldest = |lanes: &Lanes| {
            let since = |share: ShareId| self.slots.failures(share).and_then(Failures::since);
            lanes.shares().filter_map(since).min()
        };
        self.lanes.iter().map(|(circuit, lanes)| (*circuit, lanes.len(), oldest(lanes))).collect()
    }

    /// Why nothing more is read, or next to nothing.
    pub(super) fn standstill(&self) -> Option<Standstill> {
        if self.parking.is_full() {
            return Some(Standstill::StoreIsFull);
        }
        if self.is_blocked() {
            return Some(Standstill::NoReceiverWorks);
        }
        let is_full = self.slots.len() >= self.limits.entries || self.slots.bytes() >= self.limits.bytes;
        let is_waiting = !self.lanes.is_empty() && self.ready.is_empty() && self.suspects.is_empty();
        // What can be parked is parked soon.
        let is_stuck = is_full && is_waiting && !self.parking.is_possible();
        let are_workers_stuck = self.runs.overdue() >= self.workers;
        (is_stuck || are_workers_stuck).then_some(Standstill::AllInFlightWaits)
    }

    // What the upkeep does.

    /// How long the upkeep may wait.
    pub(super) fn upkeep_wait(&self, max: Duration, now: Instant) -> Duration {
        if self.phase.is_stopping() {
            let has_done = !self.done.is_empty() && !self.is_left_to_the_end;
            let is_due = self.isolation.count() == 0 || has_done;
            return if is_due { Duration::ZERO } else { max.min(STOPPING_LOOK) };
        }
        let late_at = if self.done.is_empty() { None } else { self.reader.is_late_at(now) };
        let next_pick = |(circuit, lanes): (&CircuitId, &Lanes)| {
            if self.circuits.is_open(*circuit) { self.circuits.may_start_at(*circuit) } else { lanes.next() }
        };
        let next_pick = self.lanes.iter().filter_map(next_pick).filter(|next| *next > now).min();
        let store = self.parking.next_write_at();
        let due = self.delayed.next_due().into_iter().chain(late_at).chain(next_pick).chain(store).min();
        due.map_or(max, |due| due.saturating_duration_since(now).min(max))
    }

    /// What the upkeep has to do; `None` if the consumer stops and nothing is left. Makes ready what has backed off long enough.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        let are_retries_ready = self.end_backoffs(now);
        let are_workers_late = self.idle_workers > 0 && self.has_work(now);
        let is_stopping = self.phase.is_stopping();
        if is_stopping && self.isolation.count() == 0 {
            // What is done is acknowledged at the end.
            return None;
        }
        let is_reader_late = self.reader.is_late_at(now).is_some_and(|late| now >= late);
        let is_due = if is_stopping { !self.is_left_to_the_end } else { is_reader_late };
        let done = if is_due { self.take_done() } else { Vec::new() };
        Some(Due { done, are_retries_ready, are_workers_late })
    }

    /// Whether a worker would find something to do.
    fn has_work(&self, now: Instant) -> bool {
        if !self.suspects.is_empty() && self.isolation.allows_suspect(now) {
            return true;
        }
        if !self.isolation.allows_other(!self.suspects.is_empty(), now) {
            return false;
        }
        let may_pick = |(circuit, lanes): (&CircuitId, &Lanes)| {
            let is_probe = self.circuits.is_open(*circuit);
            lanes.may_pick(is_probe, self.max_picked(), now)
                && self.may_pick(*circuit)
                && self.circuits.may_start(*circuit, now)
                && !self.has_too_many_workers(*circuit)
        };
        !self.ready.is_empty() || self.lanes.iter().any(may_pick)
    }

    /// Makes ready what has backed off long enough. Returns whether there was anything.
    fn end_backoffs(&mut self, now: Instant) -> bool {
        let before = self.ready.len();
        while let Some((at, what)) = self.delayed.pop_due(now) {
            match what {
                Backoff::Entry(slot) => self.ready.push_back(Ready::Entry(slot)),
                Backoff::Lane(circuit, key) => {
                    let Some(lanes) = self.lanes.get_mut(&circuit) else { continue };
                    let next = lanes.backoff_is_over(&key, at);
                    self.apply(circuit, &key, next);
                }
            }
        }
        self.ready.len() > before
    }

    /// An attempt of this entry is counted on the bus.
    pub(super) fn attempt_counted(&mut self, entry: &EntryId) {
        self.counted.push(entry.clone());
    }

    /// The attempt of this entry that is counted is settled.
    pub(super) fn attempt_settled(&mut self, entry: &EntryId) {
        self.counted.retain(|each| each != entry);
    }

    /// Whether the attempt of an entry that goes is settled does not matter any more.
    fn forget_attempt(&mut self, entry: &Entry) {
        if entry.is_attempt_counted {
            self.attempt_settled(&entry.delivery.entry);
        }
    }

    pub(super) fn take_counted(&mut self) -> Vec<EntryId> {
        std::mem::take(&mut self.counted)
    }

    pub(super) fn take_done(&mut self) -> Vec<EntryId> {
        std::mem::take(&mut self.done)
    }

    /// Removes all events that no worker has: entries to release, and parked events to put back.
    pub(super) fn take_waiting(&mut self) -> (Vec<EntryId>, Vec<StoreChange>) {
        self.ready.clear();
        self.suspects.clear();
        self.delayed.clear();
        self.keys.clear();
        for entry in self.parking.take_unknown() {
            self.slots.put_back(entry);
        }
        self.end_doubts();
        let (mut released, mut put_back) = (Vec::new(), Vec::new());
        for mut entry in self.slots.remove_all_waiting() {
            match &entry.origin {
                Origin::Topic => released.push(entry.delivery.entry.clone()),
                Origin::Store { .. } => put_back.extend(self.put_back(&entry)),
            }
            self.leave_lanes(&mut entry);
        }
        (released, put_back)
    }

    /// The group was lost: its successor delivers everything again, also what is in flight.
    pub(super) fn group_lost(&mut self) {
        self.of_lost_group = self.slots.ids().into_iter().collect();
    }

    /// Whether entries of a lost group may be delivered again by its successor.
    pub(super) fn has_lost_group(&self) -> bool {
        !self.of_lost_group.is_empty()
    }

    /// Whether a delivery is not in flight already. Only what is redelivered can be, or what is of a group that was lost.
    pub(super) fn is_new(&mut self, delivery: &Delivery) -> bool {
        let may_be_known = delivery.is_redelivered || self.of_lost_group.remove(&delivery.entry);
        !(may_be_known && self.contains(&delivery.entry))
    }

    /// Removes an entry that another consumer has claimed, so that it is not begun here. Returns whether it was waiting here;
    /// one that a worker has is left to it.
    pub(super) fn drop_lost(&mut self, lost: &EntryId) -> bool {
        let Some(mut entry) = self.slots.remove_waiting(lost) else { return false };
        let slot = Ready::Entry(entry.slot);
        self.ready.retain(|each| *each != slot);
        self.suspects.retain(|each| *each != slot);
        self.delayed.remove(entry.slot);
        self.forget_attempt(&entry);
        self.leave_lanes(&mut entry);
        let key = entry.delivery.message.key();
        let was_behind = key.is_some_and(|key| self.keys.remove_behind(key, entry.slot));
        if !was_behind {
            self.advance(&mut entry);
        }
        if entry.is_begun() {
            self.count_in_quota();
        }
        true
    }

    /// An entry goes that has run and waits for receivers.
    pub(super) fn leave_lanes(&mut self, entry: &mut Entry) {
        let (slot, key) = (entry.slot, lane_key(entry));
        let Stage::Open(progress) = &mut entry.stage else { return };
        for (number, receiver) in progress.receivers.iter_mut().enumerate() {
            let ReceiverProgress::Open(circuit, failures) = receiver else { continue };
            let (circuit, share) = (*circuit, ShareId { slot, number });
            self.circuits.left_out(circuit, failures);
            self.leave_lane(circuit, &key, share);
        }
    }

    /// An event does not wait for a receiver any more.
    pub(super) fn leave_lane(&mut self, circuit: CircuitId, key: &LaneKey, share: ShareId) {
        if let Some(lanes) = self.lanes.get_mut(&circuit) {
            let next = lanes.remove(key, share);
            self.apply(circuit, key, next);
        }
        self.forget_lanes(circuit);
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

    /// The number of entries that workers have, and of receivers that they run.
    pub(super) fn handled(&self) -> usize {
        self.isolation.count()
    }

    pub(super) fn worker_sleeps(&mut self) {
        self.idle_workers += 1;
    }

    pub(super) fn worker_wakes(&mut self) {
        self.idle_workers -= 1;
    }
}

/// The lane of an entry at each receiver that it waits for.
pub(super) fn lane_key(entry: &Entry) -> LaneKey {
    entry.delivery.message.key_hash().map_or(LaneKey::Slot(entry.slot), LaneKey::Key)
}
