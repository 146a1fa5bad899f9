//! What moves between the window and the store of parked events: [`Parking`].

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::entry::{Entry, Job, Origin, Share, Stage};
use super::lanes::{LaneKey, ShareId, Wait};
use super::parked::{Parked, ParkedReceiver};
use super::state::{Ready, State, lane_key};
use crate::bus::consume::circuits::CircuitId;
use crate::bus::consume::progress::{EventProgress, ReceiverProgress};
#[cfg(test)]
use crate::bus::contract::EntryId;
use crate::bus::contract::{Delivery, ParkedId, Waiting};
use crate::bus::message::dead_letter::DeadLetter;

/// The events of a topic that are parked, are to be parked, or were.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "entries stay in their boxes while they move")]
pub(super) struct Parking {
    /// `None` if the backend has no store: what waits stays in flight.
    limits: Option<ParkingLimits>,
    /// The number of events in the store, and their bytes.
    events: usize,
    /// Those of them that workers fetch or have, or that are in flight.
    fetched: HashSet<ParkedId>,
    /// Those of them that the store was found to have meanwhile.
    found: HashSet<ParkedId>,
    /// The store may have events that are not known here: it is to be listed.
    is_list_due: bool,
    /// Others of their keys were gone when they were fetched. They may be, too, or those may be back: nothing of these keys runs
    /// before the store is listed.
    doubtful: Vec<Doubtful>,
    bytes: u64,
    /// The slots of events that wait for receivers, in the order in which they came.
    open: VecDeque<usize>,
    /// Entries of a write without an answer. They are written again, and not touched before.
    unknown: Vec<Box<Entry>>,
    /// Parked events that are done here.
    ended: Vec<StoreChange>,
    /// The number of entries that were parked since one was of use to a receiver.
    in_a_row: usize,
    /// What is being written to the store, if anything is: the parked events that are done here, and those that are parked by it, as
    /// soon as their ids are known.
    writing: Option<Vec<ParkedId>>,
    /// The number of events that are being fetched from the store.
    fetching: usize,
    /// Before this time only as much is written as fits into one write.
    next_write: Option<Instant>,
    /// The store has failed, and is left alone until then.
    failed_until: Option<Instant>,
}

/// An event that may not be in the store any more. Its place in the lanes is kept.
enum Doubtful {
    Parked(Fetch),
    /// It was fetched, and none of its receivers runs.
    Fetched(ParkedId, Box<Entry>),
}

/// How much may be parked.
#[derive(Clone, Copy, Debug)]
pub(in crate::bus::consume) struct ParkingLimits {
    pub(in crate::bus::consume) events: usize,
    pub(in crate::bus::consume) bytes: u64,
}

#[expect(clippy::vec_box, reason = "entries stay in their boxes while they move")]
/// What is written to the store at once.
#[derive(Default)]
pub(in crate::bus::consume) struct StoreWrite {
    /// Entries to park, and parked events that wait again.
    pub(in crate::bus::consume) waiting: Vec<Box<Entry>>,
    /// Parked events that are done here.
    pub(in crate::bus::consume) ended: Vec<StoreChange>,
}

/// What has become of an event that was to be parked.
pub(in crate::bus::consume) enum Stored {
    Parked(ParkedId),
    /// The entry is another consumer's by now, or nobody's.
    Lost,
    /// It could not be stored and waits as before.
    Not,
    /// It may be stored: it must not run before that is known.
    Unknown,
}

impl Stored {
    /// Of an event that is parked now.
    pub(in crate::bus::consume) fn id(&self) -> Option<ParkedId> {
        match self {
            Self::Parked(id) => Some(*id),
            Self::Lost | Self::Not | Self::Unknown => None,
        }
    }
}

/// When parked events are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bus::consume) enum Found {
    /// Nothing is known here, and nothing is in flight.
    AtStart,
    /// Some may be known here, as others may have claimed them for a while, and entries of their keys may be in flight.
    Later,
}

/// What becomes of a parked event.
#[derive(Debug)]
pub(in crate::bus::consume) struct StoreChange {
    pub(in crate::bus::consume) id: ParkedId,
    /// What it waits for from now on. If that is nothing, it leaves the store.
    pub(in crate::bus::consume) waiting: Vec<Waiting>,
    /// The dead letter of the receivers that were given up meanwhile, and what it is of.
    pub(in crate::bus::consume) letter: Option<Box<(Delivery, DeadLetter)>>,
}

/// A parked event that is to run.
pub(in crate::bus::consume) struct Fetch {
    pub(super) slot: usize,
    pub(in crate::bus::consume) parked: Box<Parked>,
}

/// Parked events that a worker fetches.
pub(in crate::bus::consume) struct Fetches {
    /// The receiver for which they were picked. `None` if it is for the last run of one.
    pub(super) circuit: Option<CircuitId>,
    pub(in crate::bus::consume) events: Vec<Fetch>,
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

impl Doubtful {
    fn id(&self) -> ParkedId {
        match self {
            Self::Parked(fetch) => fetch.parked.id,
            Self::Fetched(id, _) => *id,
        }
    }
}

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

    /// The number of parked events that are done here and still in the store. After a crash they would run again, as what is in
    /// flight would.
    pub(super) fn unsettled(&self) -> usize {
        self.ended.len() + self.writing.as_ref().map_or(0, Vec::len)
    }

    /// An event waits for receivers.
    pub(super) fn is_open(&mut self, slot: usize) {
        if self.limits.is_some() {
            self.open.push_back(slot);
        }
    }

    /// A parked event is done here. What it waits for besides, this program does not have.
    pub(super) fn end(&mut self, id: ParkedId, others: Vec<Waiting>) {
        self.ended.push(StoreChange { id, waiting: others, letter: None });
    }

    /// The events that are known here and may not be in the store any more, if the store is to be listed. It is listed from now on.
    pub(super) fn take_list_due(&mut self) -> Option<HashSet<ParkedId>> {
        std::mem::take(&mut self.is_list_due).then(|| self.doubtful.iter().map(Doubtful::id).collect())
    }

    /// The store may have events that are not known here.
    pub(super) fn list_again(&mut self) {
        self.is_list_due = true;
    }

    /// These are parked by the write that goes on.
    pub(super) fn now_parked(&mut self, ids: impl IntoIterator<Item = ParkedId>) {
        self.writing.get_or_insert_default().extend(ids);
    }

    /// The events in the store that are known here and wait in no slot.
    fn known(&self) -> impl Iterator<Item = ParkedId> {
        let ended = self.ended.iter().map(|ended| ended.id);
        ended
            .chain(self.fetched.iter().copied())
            .chain(self.writing.iter().flatten().copied())
            .chain(self.doubtful.iter().map(Doubtful::id))
    }

    /// A parked event is not in flight any more.
    pub(super) fn forget_fetched(&mut self, id: ParkedId) {
        self.fetched.remove(&id);
        self.found.remove(&id);
    }

    /// A parked event is not in the store any more.
    pub(super) fn left(&mut self, size: u64) {
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
    }

    /// The number of entries that were parked since one was of use to a receiver.
    pub(super) fn in_a_row(&self) -> usize {
        self.in_a_row
    }

    /// An entry was of use to a receiver, or was parked without that.
    pub(super) fn was_of_use(&mut self, was_of_use: bool) {
        self.in_a_row = if was_of_use { 0 } else { self.in_a_row.saturating_add(1) };
    }

    /// How many more events may be parked.
    pub(super) fn room(&self) -> usize {
        self.limits.map_or(0, |limits| limits.events.saturating_sub(self.events))
    }

    /// Whether anything may be parked at all.
    pub(super) fn is_on(&self) -> bool {
        self.limits.is_some_and(|limits| limits.events > 0)
    }

    /// Whether as much is parked as may be.
    pub(super) fn is_full(&self) -> bool {
        let is_reached = |limits: ParkingLimits| self.events >= limits.events || self.bytes >= limits.bytes;
        self.is_on() && self.limits.is_some_and(is_reached)
    }

    /// Whether more can be parked.
    pub(super) fn is_possible(&self) -> bool {
        self.is_on() && !self.is_full() && self.failed_until.is_none()
    }

    /// When something is to be written, if anything is.
    pub(super) fn next_write_at(&self) -> Option<Instant> {
        let has_work = self.limits.is_some()
            && self.writing.is_none()
            && !(self.ended.is_empty() && self.open.is_empty() && self.unknown.is_empty());
        if has_work { self.next_write.max(self.failed_until) } else { None }
    }

    /// Whether a whole write waits.
    pub(super) fn is_write_full(&self, max: usize) -> bool {
        self.open.len() >= max || self.ended.len() >= max
    }

    /// Whether the last event that was done has filled a write. Later ones wake nobody: it is about to be written.
    pub(super) fn has_just_filled_a_write(&self, max: usize) -> bool {
        self.ended.len() == max
    }

    /// Whether an entry may be stored.
    #[cfg(test)]
    pub(super) fn is_unknown(&self, entry: &EntryId) -> bool {
        self.unknown.iter().any(|each| each.delivery.entry == *entry)
    }

    #[expect(clippy::vec_box, reason = "entries stay in their boxes while they move")]
    pub(super) fn take_unknown(&mut self) -> Vec<Box<Entry>> {
        std::mem::take(&mut self.unknown)
    }

    pub(super) fn take_ended(&mut self) -> Vec<StoreChange> {
        std::mem::take(&mut self.ended)
    }
}

impl State {
    /// Takes in events that were parked before, in their order.
    pub(super) fn take_in_parked(&mut self, mut events: Vec<(Parked, Vec<Duration>)>, found: Found) {
        if found == Found::Later {
            let ids: HashSet<_> = events.iter().map(|(parked, _)| parked.id).collect();
            let known = self.slots.parked_ids().chain(self.parking.known());
            let known: HashSet<_> = known.filter(|id| ids.contains(id)).collect();
            self.parking.found.extend(self.parking.fetched.intersection(&known));
            events.retain(|(parked, _)| !known.contains(&parked.id));
        }
        for (mut parked, outage_limits) in events {
            for receiver in &mut parked.receivers {
                self.circuits.came_back(receiver.circuit, &mut receiver.failures);
            }
            self.parking.events += 1;
            self.parking.bytes += parked.size();
            let receivers: Vec<_> =
                parked.receivers.iter().map(|receiver| (receiver.circuit, receiver.number())).collect();
            let id = parked.id;
            let (slot, key) = self.slots.insert_parked(Box::new(parked));
            for ((circuit, number), outage_limit) in receivers.into_iter().zip(outage_limits) {
                let share = ShareId { slot, number };
                if found == Found::Later
                    && let Some(lanes) = self.lanes.get_mut(&circuit)
                {
                    // Others of its key may have been read since.
                    let slots = &self.slots;
                    lanes.push_parked(key, share, id, |each| slots.parked_id(each.slot));
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
        if parking.writing.is_some() || parking.limits.is_none() || is_early || has_failed {
            return None;
        }
        self.parking.next_write = Some(now + SOON);
        // Nothing else is written before it is known what has become of these.
        let mut waiting = std::mem::take(&mut self.parking.unknown);
        if waiting.is_empty() {
            let chosen = self.choose_to_park(max);
            waiting = chosen.into_iter().filter_map(|slot| self.slots.take(slot)).collect();
        }
        let ended = self.parking.take_ended();
        if waiting.is_empty() && ended.is_empty() {
            return None;
        }
        self.parking.writing = Some(ended.iter().map(|ended| ended.id).collect());
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
            // The last one may be larger than what is left, or a large one would never be parked.
            let has_room = order.len() < max && (!is_new || (order.len() < room && bytes > 0));
            if has_room && self.may_park(slot, entry, &chosen) {
                bytes = bytes.saturating_sub(size);
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
        let is_idle = entry.running == 0 && !entry.is_attempt_counted;
        is_idle
            && (entry.has_run || self.is_fetched_in_vain(entry, progress))
            && progress.receivers.iter().enumerate().all(waits)
    }

    /// Whether an event was fetched, and its receivers have begun to fail since.
    fn is_fetched_in_vain(&self, entry: &Entry, progress: &EventProgress) -> bool {
        let (key, has_room) = (lane_key(entry), self.has_room_to_fetch());
        let is_in_vain = |receiver: &ReceiverProgress| match receiver {
            ReceiverProgress::Open(circuit, _) => {
                let must_give_way = !has_room || self.circuits.is_open(*circuit);
                self.lanes.get(circuit).is_some_and(|lanes| lanes.is_fetched_in_vain(&key, must_give_way))
            }
            _ => true,
        };
        entry.origin != Origin::Topic && progress.receivers.iter().all(is_in_vain)
    }

    #[expect(clippy::vec_box, reason = "entries stay in their boxes while they move")]
    /// Takes back what was to be written, and events that are done and could not be removed. Returns the entries that are parked
    /// now.
    pub(super) fn stored(
        &mut self,
        entries: Vec<(Box<Entry>, Stored)>,
        not_ended: Vec<StoreChange>,
        now: Instant,
    ) -> Vec<Box<Entry>> {
        let is_failure = |stored: &Stored| matches!(stored, Stored::Not | Stored::Unknown);
        let has_failed = !not_ended.is_empty() || entries.iter().any(|(_, stored)| is_failure(stored));
        self.parking.writing = None;
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
                        self.parking.was_of_use(entry.has_receiver_done());
                        self.parking.events += 1;
                        self.parking.bytes += event.size();
                        self.count_in_quota();
                    }
                    self.slots.park(&entry, Box::new(event));
                    parked.push(entry);
                }
                Stored::Lost => {
                    self.leave_lanes(&mut entry);
                    self.finish(entry);
                }
                Stored::Unknown => self.parking.unknown.push(entry),
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
                    let waiting = Waiting::new(&*path, failures.since_wall()).after(failures.runs());
                    Some(Waiting { last_error: self.circuits.last_error(*circuit), ..waiting })
                }
                _ => None,
            }));
        }
        waiting
    }

    /// What goes back to the store of an event that was fetched.
    pub(super) fn put_back(&self, entry: &Entry) -> Option<StoreChange> {
        let Origin::Store { id, .. } = &entry.origin else { return None };
        let letter = entry.letter().map(|letter| Box::new((entry.delivery.clone(), letter)));
        Some(StoreChange { id: *id, waiting: self.waiting_receivers(entry), letter })
    }

    /// What a parked event waits for that has returned and goes on to wait. `None` if a receiver was given up: its dead letter is
    /// stored with the next write, and it is waited for until then.
    pub(super) fn returned(&self, share: &Share) -> Option<StoreChange> {
        let entry = self.slots.waiting(share.id.slot)?;
        let Origin::Store { id, .. } = &entry.origin else { return None };
        if entry.letter().is_some() {
            return None;
        }
        Some(StoreChange { id: *id, waiting: self.waiting_receivers(entry), letter: None })
    }

    /// The first event of a lane that was picked is parked: what is to be fetched, it and others.
    pub(super) fn fetch_picked(
        &mut self,
        worker: usize,
        circuit: CircuitId,
        picked: (LaneKey, ShareId),
        now: Instant,
    ) -> Option<Job> {
        let lanes = self.lanes.get(&circuit)?;
        if lanes.is_fetching() || !self.has_room_to_fetch() {
            self.lanes.get_mut(&circuit)?.put_back(&picked.0);
            return None;
        }
        // What may have killed the process is started when it may run at once, alone. Otherwise it would be blamed for whatever
        // kills the process before.
        if self.is_suspect_of_store(picked.1) {
            self.lanes.get_mut(&circuit)?.make_ready(&picked.0);
            self.suspects.push_back(Ready::Lane(circuit, picked.0));
            return None;
        }
        let ahead = self.room().clamp(1, self.limits.store_batch);
        // Of an open circuit one event runs.
        let max =
            if self.circuits.is_open(circuit) { 1 } else { lanes.fetch_max(self.workers, ahead).min(ahead) };
        self.fetch(worker, circuit, Some(picked), max, now)
    }

    /// What is to be fetched while what was fetched before runs, if little of it is left.
    pub(super) fn fetch_ahead(&mut self, worker: usize, circuit: CircuitId, now: Instant) -> Option<Job> {
        let max = self.room().min(self.limits.store_batch);
        let is_running_out = self.lanes.get(&circuit)?.is_running_out(self.workers, max / 2);
        if !is_running_out || self.circuits.is_open(circuit) {
            return None;
        }
        self.fetch(worker, circuit, None, max, now)
    }

    /// At most this number, and no more bytes than may be in flight, but one event at least.
    fn fetch(
        &mut self,
        worker: usize,
        circuit: CircuitId,
        picked: Option<(LaneKey, ShareId)>,
        max: usize,
        now: Instant,
    ) -> Option<Job> {
        let first = picked.map(|(_, share)| share);
        let slots = &self.slots;
        let mut bytes = self.limits.bytes.saturating_sub(slots.bytes()) as u64;
        let is_fetched = |share: ShareId| {
            let Some(parked) = slots.parked(share.slot) else { return false };
            let fits = parked.size() <= bytes && parked.starts == 0;
            bytes = bytes.saturating_sub(parked.size());
            first == Some(share) || fits
        };
        let shares = self.lanes.get_mut(&circuit)?.fetch(picked, max, is_fetched);
        let take =
            |share: ShareId| Some(Fetch { slot: share.slot, parked: self.slots.take_parked(share.slot)? });
        let events: Vec<_> = shares.into_iter().filter_map(take).collect();
        if events.is_empty() {
            return None;
        }
        self.parking.fetched.extend(events.iter().map(|fetch| fetch.parked.id));
        self.parking.fetching += events.len();
        self.isolation.begin(worker, false, now);
        Some(Job::Fetch(Fetches { circuit: Some(circuit), events }))
    }

    fn is_suspect_of_store(&self, share: ShareId) -> bool {
        self.slots.parked(share.slot).is_some_and(|parked| parked.starts > 0)
    }

    /// Whether another parked event may be in flight. They go beyond the limit, or they could never run when it is reached.
    pub(super) fn has_room_to_fetch(&self) -> bool {
        self.taken() < self.limits.entries + self.workers
    }

    /// The number of events in flight, of those that are soon, and of parked ones that are done and still in the store.
    pub(super) fn taken(&self) -> usize {
        self.slots.len() + self.parking.fetching() + self.parking.unsettled()
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
        Some(Job::Fetch(Fetches { circuit: None, events: vec![fetch] }))
    }

    /// Takes in what was fetched.
    pub(super) fn fetched(&mut self, worker: usize, fetches: Fetches, results: Vec<Fetched>, now: Instant) {
        let Fetches { circuit, events } = fetches;
        self.isolation.finish(worker);
        self.parking.fetching -= events.len();
        if let Some(lanes) = circuit.and_then(|circuit| self.lanes.get_mut(&circuit)) {
            lanes.fetch_returned();
        }
        for (Fetch { slot, parked }, fetched) in events.into_iter().zip(results) {
            let is_back = self.parking.found.remove(&parked.id);
            match fetched {
                Fetched::Entry(mut entry) if matches!(entry.stage, Stage::DeadLetter(_)) => {
                    self.leave_lanes_of(&parked, slot);
                    entry.slot = slot;
                    self.slots.unpark(slot, entry);
                    self.ready.push_back(Ready::Entry(slot));
                }
                Fetched::Entry(entry) => {
                    let key = parked.lane_key(slot);
                    self.slots.unpark(slot, entry);
                    self.parking.is_open(slot);
                    for receiver in &parked.receivers {
                        let (circuit, number) = (receiver.circuit, receiver.number());
                        let lanes = self.lanes.get(&circuit);
                        let is_ready =
                            lanes.is_some_and(|lanes| lanes.ready(&key) == Some(ShareId { slot, number }));
                        // Before others are fetched: they need no room.
                        match (is_ready, parked.starts > 0) {
                            (true, true) => self.suspects.push_front(Ready::Lane(circuit, key)),
                            (true, false) => self.ready.push_front(Ready::Lane(circuit, key)),
                            (false, _) => {}
                        }
                    }
                }
                // It was another consumer's for a moment, and was claimed back.
                Fetched::Gone if is_back => self.fetch_later(slot, parked, now),
                Fetched::Gone => {
                    let key = parked.lane_key(slot);
                    self.parking.forget_fetched(parked.id);
                    self.drop_gone(slot, &parked);
                    self.doubt(key);
                }
                Fetched::Later(at) => self.fetch_later(slot, parked, at),
            }
        }
    }

    /// A parked event could not be fetched, and waits until then.
    fn fetch_later(&mut self, slot: usize, parked: Box<Parked>, at: Instant) {
        self.parking.forget_fetched(parked.id);
        let key = parked.lane_key(slot);
        for receiver in &parked.receivers {
            let share = ShareId { slot, number: receiver.number() };
            let next = self.lanes.get_mut(&receiver.circuit).map(|lanes| lanes.delay(&key, share, at));
            if let Some(next) = next {
                self.apply(receiver.circuit, &key, next);
            }
        }
        self.slots.put_back_parked(slot, parked);
    }

    /// Forgets a parked event that was taken, as it is not in the store any more.
    fn drop_gone(&mut self, slot: usize, parked: &Parked) {
        self.parking.left(parked.size());
        self.leave_lanes_of(parked, slot);
        self.slots.free(slot);
    }

    /// One of this key is gone. What else is parked of it is another consumer's, too, or was, and what is gone may be back before it:
    /// the store is listed before any of them runs.
    fn doubt(&mut self, key: LaneKey) {
        // An event that waits for several receivers is in a lane of each.
        let slots: BTreeSet<_> =
            self.lanes.values().flat_map(|lanes| lanes.of(&key)).map(|share| share.slot).collect();
        for slot in slots {
            let parked = self.slots.take_parked(slot).map(|parked| Doubtful::Parked(Fetch { slot, parked }));
            let fetched = || self.slots.take_fetched(slot).map(|(id, entry)| Doubtful::Fetched(id, entry));
            if let Some(doubtful) = parked.or_else(fetched) {
                self.parking.doubtful.push(doubtful);
                self.parking.list_again();
            }
        }
    }

    /// Takes back what is doubtful, as the consumer stops.
    pub(super) fn end_doubts(&mut self) {
        for event in std::mem::take(&mut self.parking.doubtful) {
            self.keep(event);
        }
    }

    /// A doubtful event is still in the store.
    fn keep(&mut self, event: Doubtful) {
        match event {
            Doubtful::Parked(Fetch { slot, parked }) => self.slots.put_back_parked(slot, parked),
            Doubtful::Fetched(_, entry) => {
                // It was forgotten if events to park were chosen while it was not in its slot.
                if !self.parking.open.contains(&entry.slot) {
                    self.parking.is_open(entry.slot);
                }
                self.slots.put_back(entry);
            }
        }
    }

    /// The store was listed, and what is new in it was taken in. Of these doubtful events, it has those that are not gone.
    pub(super) fn listed(&mut self, doubtful: &HashSet<ParkedId>, gone: &HashSet<ParkedId>) {
        for event in std::mem::take(&mut self.parking.doubtful) {
            let id = event.id();
            match event {
                // It became so after that.
                event if !doubtful.contains(&id) => self.parking.doubtful.push(event),
                event if !gone.contains(&id) => self.keep(event),
                Doubtful::Parked(Fetch { slot, parked }) => self.drop_gone(slot, &parked),
                Doubtful::Fetched(_, mut entry) => {
                    self.leave_lanes(&mut entry);
                    self.finish(entry);
                }
            }
        }
    }

    /// A parked event goes.
    fn leave_lanes_of(&mut self, parked: &Parked, slot: usize) {
        let key = parked.lane_key(slot);
        for receiver in &parked.receivers {
            self.circuits.left_out(receiver.circuit, &mut receiver.failures.clone());
            self.leave_lane(receiver.circuit, &key, ShareId { slot, number: receiver.number() });
        }
    }
}

impl Parked {
    /// What is kept of an entry that waits for receivers.
    fn of(entry: &Entry, id: ParkedId) -> Option<Self> {
        let Stage::Open(progress) = &entry.stage else { return None };
        let receivers =
            progress.receivers.iter().enumerate().filter_map(|(number, receiver)| match receiver {
                ReceiverProgress::Open(circuit, failures) => {
                    Some(ParkedReceiver::new(number, *circuit, failures.clone()))
                }
                _ => None,
            });
        let others = match &entry.origin {
            Origin::Topic => Vec::new(),
            Origin::Store { others, .. } => others.clone(),
        };
        let message = (entry.delivery.message.key_hash(), entry.size as u64);
        Some(Self::new(id, message, receivers.collect(), others))
    }
}
