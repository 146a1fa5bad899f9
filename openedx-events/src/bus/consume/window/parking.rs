//! What moves between the window and the store of parked events: [`Parking`].

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::entry::{Entry, Job, Origin, Stage};
use super::lanes::{LaneKey, ShareId, Wait};
use super::parked::{Parked, ParkedReceiver};
use super::slots::Slots;
use super::state::{Ready, State, lane_key};
use crate::bus::consume::circuits::CircuitId;
use crate::bus::consume::progress::ReceiverProgress;
use crate::bus::contract::{Delivery, ParkedId, Waiting};
use crate::bus::message::dead_letter::DeadLetter;

/// The events of a topic that are parked, are to be parked, or were.
#[derive(Debug, Default)]
pub(super) struct Parking {
    /// `None` if the backend has no store: what waits stays in flight.
    limits: Option<ParkingLimits>,
    /// The number of events in the store, and their bytes.
    events: usize,
    /// Those of them that workers fetch or have, or that are in flight.
    fetched: HashSet<ParkedId>,
    /// It is not known what has become of a write: the store may have events that are not known here.
    is_uncertain: bool,
    /// What it has is to be found out.
    is_list_due: bool,
    bytes: u64,
    /// The slots of events that wait for receivers, in the order in which they came.
    open: VecDeque<usize>,
    /// Parked events that are done.
    ended: Vec<ParkedId>,
    /// Something is being written to the store.
    is_writing: bool,
    /// The number of events that are being fetched from the store.
    fetching: usize,
    /// Before this time only as much is written as fits into one write.
    next_write: Option<Instant>,
    /// The store has failed, and is left alone until then.
    failed_until: Option<Instant>,
}

/// How much may be parked.
#[derive(Clone, Copy, Debug)]
pub(in crate::bus::consume) struct ParkingLimits {
    pub(in crate::bus::consume) events: usize,
    pub(in crate::bus::consume) bytes: u64,
}

/// What is written to the store at once.
#[derive(Default)]
pub(in crate::bus::consume) struct StoreWrite {
    /// Entries to park, and parked events that wait again.
    pub(in crate::bus::consume) waiting: Vec<Box<Entry>>,
    /// Parked events that are done.
    pub(in crate::bus::consume) ended: Vec<ParkedId>,
}

/// What has become of an event that was to be parked.
pub(in crate::bus::consume) enum Stored {
    Parked(ParkedId),
    /// The entry is another consumer's by now, or nobody's.
    Lost,
    /// It could not be stored and waits as before.
    Not,
}

/// A parked event that goes back to the store.
pub(in crate::bus::consume) struct PutBack {
    pub(in crate::bus::consume) id: ParkedId,
    /// What it waits for.
    pub(in crate::bus::consume) waiting: Vec<Waiting>,
    /// The dead letter of the receivers that were given up meanwhile, and what it is of.
    pub(in crate::bus::consume) letter: Option<Box<(Delivery, DeadLetter)>>,
}

/// A parked event that is to run.
pub(in crate::bus::consume) struct Fetch {
    pub(super) slot: usize,
    pub(in crate::bus::consume) parked: Box<Parked>,
}

/// What has come of a fetch.
pub(in crate::bus::consume) enum Fetched {
    Entry(Box<Entry>),
    /// It is not in the store any more.
    Gone,
    /// It could not be fetched, and is not before this time.
    Later(Instant),
}

/// How soon a few events are parked: more may come, and one write is for many.
const SOON: Duration = Duration::from_millis(50);
/// How long the store is left alone after an error.
const BACKOFF: Duration = Duration::from_secs(1);

impl Parking {
    pub(super) fn new(limits: Option<ParkingLimits>) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) fn events(&self) -> usize {
        self.events
    }

    /// The number of events that are being fetched, and are in flight soon.
    pub(super) fn fetching(&self) -> usize {
        self.fetching
    }

    /// An event waits for receivers.
    pub(super) fn is_open(&mut self, slot: usize) {
        if self.limits.is_some() {
            self.open.push_back(slot);
        }
    }

    /// A parked event is done.
    pub(super) fn end(&mut self, id: ParkedId) {
        self.ended.push(id);
    }

    /// It is not known whether events were parked.
    pub(super) fn write_failed(&mut self) {
        self.is_uncertain = true;
    }

    /// An entry is not this consumer's any more. It may have been parked before, by a write that seemed to fail.
    pub(super) fn entry_is_lost(&mut self) {
        (self.is_uncertain, self.is_list_due) = (true, true);
    }

    /// Whether the store is to be listed again. If so, it is from now on.
    pub(super) fn take_list_due(&mut self) -> bool {
        std::mem::take(&mut self.is_list_due)
    }

    /// The store could not be listed.
    pub(super) fn list_again(&mut self) {
        self.is_list_due = true;
    }

    /// A parked event is not in flight any more.
    pub(super) fn forget_fetched(&mut self, id: ParkedId) {
        self.fetched.remove(&id);
    }

    /// A parked event is not in the store any more.
    pub(super) fn left(&mut self, size: u64) {
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
    }

    /// How many more events may be parked.
    pub(super) fn room(&self) -> usize {
        self.limits.map_or(0, |limits| limits.events.saturating_sub(self.events))
    }

    /// Whether more can be parked.
    pub(super) fn is_possible(&self) -> bool {
        let has_room =
            self.limits.is_some_and(|limits| self.events < limits.events && self.bytes < limits.bytes);
        has_room && self.failed_until.is_none()
    }

    /// When something is to be written, if anything is.
    pub(super) fn next_write_at(&self) -> Option<Instant> {
        let has_work =
            self.limits.is_some() && !self.is_writing && !(self.ended.is_empty() && self.open.is_empty());
        if has_work { self.next_write.max(self.failed_until) } else { None }
    }

    /// Whether a whole write waits.
    pub(super) fn is_write_full(&self, max: usize) -> bool {
        self.open.len() >= max || self.ended.len() >= max
    }

    pub(super) fn take_ended(&mut self) -> Vec<ParkedId> {
        std::mem::take(&mut self.ended)
    }
}

impl State {
    /// Takes in events that were parked before, in their order.
    pub(super) fn take_in_parked(&mut self, mut events: Vec<(Parked, Vec<Duration>)>) {
        if self.parking.is_uncertain {
            let parking = &self.parking;
            let mut known: HashSet<_> =
                self.slots.parked_ids().chain(parking.ended.iter().copied()).collect();
            known.extend(&parking.fetched);
            events.retain(|(parked, _)| !known.contains(&parked.id));
        }
        for (parked, outage_limits) in events {
            let key = parked.key;
            self.parking.events += 1;
            self.parking.bytes += parked.size;
            let receivers: Vec<_> =
                parked.receivers.iter().map(|receiver| (receiver.circuit, receiver.number)).collect();
            let slot = self.slots.insert_parked(Box::new(parked));
            let key = lane_key_of(key, slot);
            for ((circuit, number), outage_limit) in receivers.into_iter().zip(outage_limits) {
                let share = ShareId { slot, number };
                if self.parking.is_uncertain
                    && let Some(lanes) = self.lanes.get_mut(&circuit)
                {
                    // Others of its key may have been read since.
                    let slots = &self.slots;
                    let is_of_store = |entry: &Entry| entry.origin != Origin::Topic;
                    lanes.push_parked(key, share, |each| {
                        slots.parked(each.slot).is_some() || slots.waiting(each.slot).is_some_and(is_of_store)
                    });
                    continue;
                }
                self.enter_lane(circuit, key, share, Wait::Untried, outage_limit);
            }
        }
    }

    /// What is to be written to the store, if it is time to: at most `max` events.
    pub(super) fn take_store_write(&mut self, max: usize, now: Instant) -> Option<StoreWrite> {
        let parking = &self.parking;
        let is_early = parking.next_write.is_some_and(|next| next > now) && !parking.is_write_full(max);
        let has_failed = parking.failed_until.is_some_and(|until| until > now);
        if parking.is_writing || parking.limits.is_none() || is_early || has_failed {
            return None;
        }
        self.parking.next_write = Some(now + SOON);
        let chosen = self.choose_to_park(max);
        let waiting: Vec<_> = chosen.into_iter().filter_map(|slot| self.slots.take(slot)).collect();
        let ended = self.parking.take_ended();
        if waiting.is_empty() && ended.is_empty() {
            return None;
        }
        self.parking.is_writing = true;
        Some(StoreWrite { waiting, ended })
    }

    /// The events that only wait for receivers which do not work, and whose predecessors are parked.
    fn choose_to_park(&mut self, max: usize) -> Vec<usize> {
        let Some(limits) = self.parking.limits else { return Vec::new() };
        let room = limits.events.saturating_sub(self.parking.events);
        let mut bytes = limits.bytes.saturating_sub(self.parking.bytes);
        let (mut chosen, mut rest) = (HashSet::new(), VecDeque::new());
        let mut order = Vec::new();
        for slot in std::mem::take(&mut self.parking.open) {
            let Some(entry) = self.slots.waiting(slot).filter(|entry| matches!(entry.stage, Stage::Open(_)))
            else {
                continue;
            };
            let is_new = entry.origin == Origin::Topic;
            let size = if is_new { entry.size as u64 } else { 0 };
            let has_room = order.len() < max && (!is_new || (order.len() < room && size <= bytes));
            if has_room && self.may_park(slot, entry, &chosen) {
                bytes -= size;
                chosen.insert(slot);
                order.push(slot);
            } else {
                rest.push_back(slot);
            }
        }
        self.parking.open = rest;
        order
    }

    fn may_park(&self, slot: usize, entry: &Entry, chosen: &HashSet<usize>) -> bool {
        let Stage::Open(progress) = &entry.stage else { return false };
        let is_ahead =
            |share: ShareId| chosen.contains(&share.slot) || self.slots.parked(share.slot).is_some();
        let key = lane_key(entry);
        let waits = |(number, receiver): (usize, &ReceiverProgress)| match receiver {
            ReceiverProgress::Done | ReceiverProgress::GivenUp(_) => true,
            ReceiverProgress::Pending | ReceiverProgress::Running => false,
            ReceiverProgress::Open(circuit, _) => self
                .lanes
                .get(circuit)
                .is_some_and(|lanes| lanes.may_park(&key, ShareId { slot, number }, is_ahead)),
        };
        let is_idle = entry.running == 0 && !entry.is_attempt_counted && entry.has_run;
        is_idle && progress.receivers.iter().enumerate().all(waits)
    }

    /// Takes back what was to be written, and events that are done and could not be removed. Returns the entries that are parked
    /// now.
    pub(super) fn stored(
        &mut self,
        entries: Vec<(Box<Entry>, Stored)>,
        not_ended: Vec<ParkedId>,
        now: Instant,
    ) -> Vec<Box<Entry>> {
        let has_failed =
            !not_ended.is_empty() || entries.iter().any(|(_, stored)| matches!(stored, Stored::Not));
        self.parking.is_writing = false;
        self.parking.failed_until = has_failed.then(|| now + BACKOFF);
        self.parking.ended.extend(not_ended);
        let mut parked = Vec::new();
        for (mut entry, stored) in entries {
            match stored {
                Stored::Parked(id) => {
                    let is_new = entry.origin == Origin::Topic;
                    let Some(event) = Parked::of(&entry, id) else { continue };
                    self.parking.forget_fetched(id);
                    if is_new {
                        self.parking.events += 1;
                        self.parking.bytes += event.size;
                        self.count_in_quota();
                    }
                    self.slots.park(&entry, Box::new(event));
                    parked.push(entry);
                }
                Stored::Lost => {
                    self.leave_lanes(&mut entry);
                    self.finish(entry);
                }
                Stored::Not => {
                    self.parking.open.push_back(entry.slot);
                    self.slots.put_back(entry);
                }
            }
        }
        parked
    }

    /// The receivers that an entry waits for, for the store.
    pub(super) fn waiting_receivers(&self, entry: &Entry) -> Vec<Waiting> {
        let mut waiting = match &entry.origin {
            Origin::Topic => Vec::new(),
            Origin::Store { others, .. } => others.clone(),
        };
        if let Stage::Open(progress) = &entry.stage {
            waiting.extend(progress.receivers.iter().filter_map(|receiver| match receiver {
                ReceiverProgress::Open(circuit, failures) => {
                    let path = self.circuits.path(*circuit);
                    Some(Waiting::new(&*path, failures.since_wall()).after(failures.runs()))
                }
                _ => None,
            }));
        }
        waiting
    }

    /// What goes back to the store of an event that was fetched.
    pub(super) fn put_back(&self, entry: &Entry) -> Option<PutBack> {
        let Origin::Store { id, .. } = &entry.origin else { return None };
        let letter = entry.letter().map(|letter| Box::new((entry.delivery.clone(), letter)));
        Some(PutBack { id: *id, waiting: self.waiting_receivers(entry), letter })
    }

    /// The first event of a lane that was picked is parked: what is to be fetched, it and others.
    pub(super) fn fetch(
        &mut self,
        worker: usize,
        circuit: CircuitId,
        picked: (LaneKey, ShareId),
        now: Instant,
    ) -> Option<Job> {
        let first = picked.1;
        if self.parking.fetching > 0 || !self.has_room_to_fetch() {
            self.lanes.get_mut(&circuit)?.put_back(&picked.0);
            return None;
        }
        let is_suspect =
            |slots: &Slots, share: ShareId| slots.parked(share.slot).is_some_and(|parked| parked.starts > 0);
        // What may have killed the process is started when it may run at once, alone. Otherwise it would be blamed for whatever
        // kills the process before.
        if is_suspect(&self.slots, first) {
            self.lanes.get_mut(&circuit)?.make_ready(&picked.0);
            self.suspects.push_back(Ready::Lane(circuit, picked.0));
            return None;
        }
        let ahead = self.room().clamp(1, self.limits.batch);
        let slots = &self.slots;
        let is_fetched = |share: ShareId| slots.parked(share.slot).is_some() && !is_suspect(slots, share);
        let lanes = self.lanes.get_mut(&circuit)?;
        // Of an open circuit one event runs.
        let max =
            if self.circuits.is_open(circuit) { 1 } else { lanes.fetch_max(self.workers, ahead).min(ahead) };
        let shares = lanes.fetch(picked, max, is_fetched);
        let take =
            |share: ShareId| Some(Fetch { slot: share.slot, parked: self.slots.take_parked(share.slot)? });
        let fetches: Vec<_> = shares.into_iter().filter_map(take).collect();
        self.parking.fetched.extend(fetches.iter().map(|fetch| fetch.parked.id));
        self.parking.fetching += fetches.len();
        self.isolation.begin(worker, false, now);
        Some(Job::Fetch(fetches))
    }

    /// Whether another parked event may be in flight. They go beyond the limit, or they could never run when it is reached.
    pub(super) fn has_room_to_fetch(&self) -> bool {
        self.slots.len() + self.parking.fetching() < self.limits.entries + self.workers
    }

    /// A parked event is ready: it has its last run, or runs alone.
    pub(super) fn fetch_one(
        &mut self,
        worker: usize,
        share: ShareId,
        is_suspect: bool,
        now: Instant,
    ) -> Option<Job> {
        let fetch = Fetch { slot: share.slot, parked: self.slots.take_parked(share.slot)? };
        self.parking.fetched.insert(fetch.parked.id);
        self.parking.fetching += 1;
        self.isolation.begin(worker, is_suspect, now);
        Some(Job::Fetch(vec![fetch]))
    }

    /// Takes in what was fetched.
    pub(super) fn fetched(&mut self, worker: usize, fetched: Vec<(Fetch, Fetched)>) {
        self.isolation.finish(worker);
        self.parking.fetching = self.parking.fetching.saturating_sub(fetched.len());
        for (Fetch { slot, parked }, fetched) in fetched {
            match fetched {
                Fetched::Entry(mut entry) if matches!(entry.stage, Stage::DeadLetter(_)) => {
                    self.leave_lanes_of(&parked, slot);
                    entry.slot = slot;
                    self.slots.unpark(slot, entry);
                    self.ready.push_back(Ready::Entry(slot));
                }
                Fetched::Entry(entry) => {
                    let key = lane_key_of(parked.key, slot);
                    self.slots.unpark(slot, entry);
                    self.parking.is_open(slot);
                    for ParkedReceiver { number, circuit, .. } in &parked.receivers {
                        let share = ShareId { slot, number: *number };
                        let is_ready =
                            self.lanes.get(circuit).is_some_and(|lanes| lanes.ready(&key) == Some(share));
                        // Before others are fetched: they need no room.
                        match (is_ready, parked.starts > 0) {
                            (true, true) => self.suspects.push_front(Ready::Lane(*circuit, key)),
                            (true, false) => self.ready.push_front(Ready::Lane(*circuit, key)),
                            (false, _) => {}
                        }
                    }
                }
                Fetched::Gone => {
                    self.parking.forget_fetched(parked.id);
                    self.parking.left(parked.size);
                    self.leave_lanes_of(&parked, slot);
                    self.slots.free(slot);
                }
                Fetched::Later(at) => {
                    self.parking.forget_fetched(parked.id);
                    let key = lane_key_of(parked.key, slot);
                    for receiver in &parked.receivers {
                        let share = ShareId { slot, number: receiver.number };
                        let next =
                            self.lanes.get_mut(&receiver.circuit).map(|lanes| lanes.delay(&key, share, at));
                        if let Some(next) = next {
                            self.apply(receiver.circuit, &key, next);
                        }
                    }
                    self.slots.put_back_parked(slot, parked);
                }
            }
        }
    }

    /// A parked event goes.
    fn leave_lanes_of(&mut self, parked: &Parked, slot: usize) {
        let key = lane_key_of(parked.key, slot);
        for ParkedReceiver { number, circuit, failures } in &parked.receivers {
            self.circuits.left_out(*circuit, &mut failures.clone());
            self.leave_lane(*circuit, &key, ShareId { slot, number: *number });
        }
    }
}

/// The lane of a parked event.
fn lane_key_of(key: Option<u64>, slot: usize) -> LaneKey {
    key.map_or(LaneKey::Slot(slot), LaneKey::Key)
}

impl Parked {
    /// What is kept of an entry that waits for receivers.
    fn of(entry: &Entry, id: ParkedId) -> Option<Self> {
        let Stage::Open(progress) = &entry.stage else { return None };
        let receivers =
            progress.receivers.iter().enumerate().filter_map(|(number, receiver)| match receiver {
                ReceiverProgress::Open(circuit, failures) => {
                    Some(ParkedReceiver { number, circuit: *circuit, failures: failures.clone() })
                }
                _ => None,
            });
        let others = match &entry.origin {
            Origin::Topic => Vec::new(),
            Origin::Store { others, .. } => others.clone(),
        };
        let (size, key) = (entry.size as u64, entry.delivery.message.key_hash());
        Some(Self { id, starts: 0, size, key, receivers: receivers.collect(), others })
    }
}
