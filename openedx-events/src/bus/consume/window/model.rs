//! The window against a simple model: any sequence of arrivals, results, outages, take-overs and stops, with a store of parked events
//! and without one.
//!
//! Nothing is lost in it, each receiver gets the events of a key in their order and one at a time, nothing stands still while
//! something could run, and the limits hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use super::entry::{Entry, Job, OpenShare, Origin, Settlement, Share, ShareEnd, Stage};
use super::lanes::Wait;
use super::limits::Limits;
use super::parked::{Parked, ParkedReceiver};
use super::parking::{Fetched, Fetches, Found, ParkingLimits, StoreChange, StoreWrite, Stored};
use super::state::{ReadRequest, State};
use crate::avro::writer::WriterSchemas;
use crate::bus::backends::memory::Memory;
use crate::bus::consume::circuit::{Effect, Failures, Reason, Rules, Verdict};
use crate::bus::consume::circuits::Circuits;
use crate::bus::consume::decode::Decoded;
use crate::bus::consume::progress::{EventProgress, FailureKind, GivenUp, ReceiverProgress};
use crate::bus::consume::settings::RetryPolicy;
use crate::bus::contract::{Delivery, EntryId, ParkedId};
use crate::bus::message::dead_letter::ReceiverFailure;
use crate::bus::message::headers::PARTITION_KEY;
use crate::bus::message::topic::Topic;
use crate::bus::message::{Header, Message};
use crate::signal;

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: usize = 20;
const WORKERS: usize = 4;
const RECEIVERS: [&str; 3] = ["first", "second", "third"];
const STORE: ParkingLimits = ParkingLimits { events: 50, bytes: u64::MAX };
const STORE_BATCH: usize = 5;
const OUTAGE_LIMIT: Duration = Duration::from_secs(60);

/// Any event: the window does not look into it.
#[signal("org.example.bus.window.modelled.v1")]
struct WindowModelled {
    number: i64,
}

pub(super) static EVENT: LazyLock<Arc<Decoded>> = LazyLock::new(|| {
    let message = Message::of_event(&WindowModelled { number: 1 }, &WINDOW_MODELLED.generate_metadata())
        .expect("a message");
    let delivery = Delivery::new(EntryId::new("1"), message);
    let topic = Topic::new("model").expect("a topic");
    let Ok(decoded) = Decoded::of(&delivery, &topic, &WriterSchemas::new(), &Memory::new()) else {
        panic!("the event was encoded here")
    };
    Arc::new(decoded)
});

/// What a worker has.
enum Work {
    /// An entry, with those of its receivers that run, and those that have to wait.
    Entry {
        entry: Box<Entry>,
        run: Vec<(usize, Failures)>,
        wait: Vec<usize>,
    },
    Share(Box<Share>),
    Fetch(Fetches),
}

/// What a receiver has still to do for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Waits,
    Runs,
}

struct Model {
    state: State,
    circuits: Arc<Circuits>,
    rules: Rules,
    now: Instant,
    random: fastrand::Rng,
    /// Other consumers come and go all the time.
    is_crowded: bool,
    read: usize,
    /// What each worker has.
    work: BTreeMap<usize, Work>,
    /// For each receiver and key, the entries that have not ended for it, by their numbers.
    open: BTreeMap<(usize, String), BTreeMap<usize, Part>>,
    /// Entries in flight, by number.
    in_flight: BTreeSet<usize>,
    /// The parked events: their entries, and whether the window has fetched them.
    store: BTreeMap<ParkedId, (EntryId, bool)>,
    last_parked: u64,
    /// What the backend lists: those, and what is done and not removed yet.
    listed: BTreeSet<ParkedId>,
    /// Those that were listed while they were being fetched.
    found: BTreeSet<ParkedId>,
    /// Those that the store has, and the window does not know before it is listed: they were another consumer's for a moment.
    away: BTreeSet<ParkedId>,
    /// The maximum number of those at once: others may have been parked in their place when they are back.
    max_away: usize,
    /// The number of those that the store does not have any more, and of which the window does not know that before it is listed.
    vanished: usize,
    /// The numbers of those that another consumer had parked: they come in no order with the others.
    claimed: BTreeSet<usize>,
    /// What is being written to the store.
    write: Option<StoreWrite>,
    /// Receivers that are down.
    down: [bool; RECEIVERS.len()],
    is_over: bool,
}

impl Model {
    fn new(seed: u64, has_store: bool) -> Self {
        let circuits = Arc::new(Circuits::default());
        let limits = Limits {
            entries: LIMIT,
            bytes: usize::MAX,
            batch: 5,
            store_batch: STORE_BATCH,
            slow_read: SECOND,
        };
        let mut random = fastrand::Rng::with_seed(seed);
        let is_crowded = random.bool();
        let retry = RetryPolicy::new().max_attempts(3).initial_backoff(SECOND).max_backoff(SECOND * 10);
        Self {
            state: State::new(limits, WORKERS, Arc::clone(&circuits), None, has_store.then_some(STORE)),
            circuits,
            rules: Rules { retry, outage_limit: OUTAGE_LIMIT, max_in_flight: LIMIT },
            now: Instant::now(),
            random,
            is_crowded,
            read: 0,
            work: BTreeMap::new(),
            open: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            store: BTreeMap::new(),
            last_parked: 0,
            listed: BTreeSet::new(),
            found: BTreeSet::new(),
            away: BTreeSet::new(),
            max_away: 0,
            vanished: 0,
            claimed: BTreeSet::new(),
            write: None,
            down: [false; RECEIVERS.len()],
            is_over: false,
        }
    }

    fn step(&mut self) {
        match self.random.u8(0..if self.is_crowded { 66 } else { 60 }) {
            0..14 => self.read(),
            14..30 => self.take(),
            30..48 => self.settle(),
            48..53 => self.pass(SECOND),
            53..56 => self.write(),
            56 => self.lose(),
            57 => self.stand_still(),
            58 if self.random.bool() => self.list(),
            58 | 60.. => self.claim(),
            _ => {
                let which = self.random.usize(0..RECEIVERS.len());
                self.down[which] = self.random.bool();
            }
        }
        assert_eq!(self.state.in_flight(), self.in_flight.len());
        // What was parked may run also when the limit is reached.
        let limit = if self.last_parked > 0 { LIMIT + WORKERS } else { LIMIT };
        // What is done and not removed yet would run again after a crash, as what is in flight would.
        let unsettled = self.listed.len() - self.store.len();
        assert!(self.in_flight.len() + unsettled <= limit, "{} and {unsettled}", self.in_flight.len());
        assert_eq!(self.state.parking.events() + self.away.len(), self.store.len() + self.vanished);
        // What was to be written already when others were claimed is.
        let limit = STORE.events + STORE_BATCH + self.max_away;
        assert!(self.store.len() <= limit, "{} of {limit} parked", self.store.len());
        assert_eq!(self.state.handled(), self.work.len());
    }

    fn read(&mut self) {
        let max = self.state.read_request(self.now).map_or(0, |ReadRequest { max, .. }| max);
        for _ in 0..self.random.usize(0..=max) {
            let id = self.next_entry();
            let delivery = Delivery::new(id.clone(), message(&id));
            self.state.put(vec![delivery.redelivered(self.random.u8(0..10) == 0)]);
            self.in_flight.insert(self.read);
            for receiver in 0..RECEIVERS.len() {
                self.open.entry((receiver, lane(&id))).or_default().insert(self.read, Part::Waits);
            }
        }
    }

    /// One more entry, with a key or without. Of a key with parked events that are another consumer's, none comes: the window could not
    /// know that those come first.
    fn next_entry(&mut self) -> EntryId {
        self.read += 1;
        let key = self.random.u8(0..6).to_string();
        let is_away = self.away.iter().any(|id| lane(&self.store[id].0) == key);
        let key = if key == "0" || is_away { "-" } else { &key };
        EntryId::new(format!("{key}/{}", self.read))
    }

    fn take(&mut self) {
        let Some(worker) = (0..WORKERS).find(|worker| !self.work.contains_key(worker)) else { return };
        let Some(job) = self.state.take(worker, self.now) else { return };
        let work = match job {
            Job::Entry(entry) => {
                let (mut run, mut wait) = (Vec::new(), Vec::new());
                for (receiver, path) in RECEIVERS.iter().enumerate() {
                    let mut failures = Failures::default();
                    let circuit = self.circuits.of(path);
                    let may_run = self.circuits.are_quiet()
                        || self.state.may_run(&entry, circuit, &mut failures, self.now);
                    if may_run {
                        self.begin(receiver, &entry.delivery.entry);
                        run.push((receiver, failures));
                    } else {
                        wait.push(receiver);
                    }
                }
                Work::Entry { entry, run, wait }
            }
            Job::Share(share) => {
                self.begin(share.call, &share.entry);
                Work::Share(share)
            }
            Job::Fetch(fetches) => Work::Fetch(fetches),
        };
        self.work.insert(worker, work);
    }

    /// A receiver begins with an entry: the first one of its key that has not ended for it, and nobody else runs one.
    fn begin(&mut self, receiver: usize, entry: &EntryId) {
        let parts = self.open.get_mut(&(receiver, lane(entry))).expect("the key is in flight");
        let is_claimed = self.claimed.contains(&number(entry));
        let claimed = &self.claimed;
        let mut parts = parts.iter_mut().filter(|(number, _)| claimed.contains(number) == is_claimed);
        let (first, part) = parts.next().expect("an entry is in flight");
        assert_eq!(*first, number(entry), "out of order: {entry} at {receiver}, claimed: {claimed:?}");
        assert_eq!(std::mem::replace(part, Part::Runs), Part::Waits, "twice at a time: {entry}");
        assert!(!parts.any(|(_, part)| *part == Part::Runs), "two of a key at a time: {entry}");
    }

    /// Another consumer is gone, and one of the events that it has parked is claimed.
    fn claim(&mut self) {
        if self.state.parking.room() == 0 {
            return;
        }
        let entry = self.next_entry();
        self.last_parked += 1;
        self.claimed.insert(self.read);
        let (id, message) = (ParkedId::new(self.last_parked), message(&entry));
        let mut receivers = Vec::new();
        for (receiver, path) in RECEIVERS.iter().enumerate().skip(self.random.usize(0..RECEIVERS.len())) {
            receivers.push(ParkedReceiver::new(receiver, self.circuits.of(path), Failures::default()));
            self.open.entry((receiver, lane(&entry))).or_default().insert(self.read, Part::Waits);
        }
        let limits = vec![OUTAGE_LIMIT; receivers.len()];
        let parked = Parked::new(id, (message.key_hash(), message.size() as u64), receivers, Vec::new());
        self.store.insert(id, (entry, false));
        self.listed.insert(id);
        self.state.take_in_parked(vec![(parked, limits)], Found::Later);
    }

    /// What comes of a run of a receiver.
    fn result(&mut self, receiver: usize, entry: &EntryId, failures: &mut Failures) -> (ShareEnd, Effect) {
        let is_bad = number(entry) % 11 == receiver;
        if !self.is_over && (self.down[receiver] || (is_bad && self.random.bool())) {
            let kind =
                if self.random.u8(0..20) == 0 { FailureKind::Permanent } else { FailureKind::Transient };
            let (path, why) = (RECEIVERS[receiver], (kind.into(), "it fails"));
            let failed = self.circuits.failed(path, failures, why, &self.rules, self.now, 0.5);
            let effect = failed.effect;
            let wait = match failed.verdict {
                Verdict::Retry(backoff) => Wait::Backoff(self.now + backoff),
                Verdict::Wait(pause) => Wait::Tried(self.now + pause),
                Verdict::GiveUp(reason) => return (ShareEnd::GivenUp(given_up(reason)), effect),
            };
            return (ShareEnd::Failed { wait, effect }, effect);
        }
        if self.circuits.succeeded(RECEIVERS[receiver], failures) {
            self.state.works_again(self.circuits.of(RECEIVERS[receiver]));
        }
        (ShareEnd::Done, Effect::default())
    }

    fn settle(&mut self) {
        let Some(worker) = self.random.choice(self.work.keys().copied().collect::<Vec<_>>()) else { return };
        match self.work.remove(&worker) {
            Some(Work::Entry { entry, run, wait }) => self.settle_entry(worker, entry, run, wait),
            Some(Work::Share(share)) => self.settle_share(worker, &share),
            Some(Work::Fetch(fetches)) => self.settle_fetch(worker, fetches),
            None => {}
        }
    }

    /// Begins a write to the store, or ends it.
    fn write(&mut self) {
        let Some(StoreWrite { waiting, ended }) = self.write.take() else {
            self.write = self.state.take_store_write(STORE_BATCH, self.now);
            return;
        };
        let has_failed = !self.is_over && self.random.u8(0..5) == 0;
        let is_unknown = self.random.bool();
        let (mut stored, mut written) = (Vec::new(), Vec::new());
        for entry in waiting {
            let number = number(&entry.delivery.entry);
            let id = match &entry.origin {
                Origin::Store { id, .. } => *id,
                Origin::Topic => ParkedId::new(self.last_parked + 1),
            };
            if has_failed {
                let is_new = entry.origin == Origin::Topic;
                let stored_or_not = if is_new && is_unknown { Stored::Unknown } else { Stored::Not };
                stored.push((entry, stored_or_not));
                continue;
            }
            if entry.origin == Origin::Topic && !self.is_over && self.random.u8(0..20) == 0 {
                let id = entry.delivery.entry.clone();
                stored.push((entry, Stored::Lost));
                self.forget(&id);
                continue;
            }
            self.last_parked = self.last_parked.max(id.number());
            assert!(self.in_flight.remove(&number));
            self.store.insert(id, (entry.delivery.entry.clone(), false));
            self.listed.insert(id);
            written.push(number);
            stored.push((entry, Stored::Parked(id)));
        }
        if stored.iter().any(|(_, stored)| matches!(stored, Stored::Lost)) {
            self.state.parking.now_parked(stored.iter().filter_map(|(_, stored)| stored.id()));
            self.list();
        }
        if !has_failed {
            for change in &ended {
                assert!(self.listed.remove(&change.id));
            }
        }
        let not_ended = if has_failed { ended } else { Vec::new() };
        let parked = self.state.stored(stored, not_ended, self.now);
        let parked: Vec<_> = parked.iter().map(|entry| self::number(&entry.delivery.entry)).collect();
        assert_eq!(parked, written);
    }

    fn settle_fetch(&mut self, worker: usize, fetches: Fetches) {
        let mut results = Vec::new();
        for fetch in &fetches.events {
            let (entry, is_fetched) = self.store.get_mut(&fetch.parked.id).expect("it is in the store");
            assert!(!*is_fetched, "fetched twice");
            if !self.is_over && self.random.u8(0..10) == 0 {
                results.push(Fetched::Later(self.now + SECOND));
                continue;
            }
            let (id, entry) = (fetch.parked.id, entry.clone());
            let is_gone = self.random.u8(0..if self.is_crowded { 4 } else { 20 }) == 0;
            if !self.is_over && is_gone {
                // If it was found meanwhile, another consumer had it for a moment. Otherwise that may be so, or it is gone.
                if !self.found.contains(&id) {
                    if self.random.bool() && self.has_only_parked(&entry) {
                        self.away.insert(id);
                        self.max_away = self.max_away.max(self.away.len());
                    } else {
                        self.vanish(id, &entry);
                    }
                }
                results.push(Fetched::Gone);
                continue;
            }
            if let Some((_, is_fetched)) = self.store.get_mut(&id) {
                *is_fetched = true;
            }
            self.in_flight.insert(number(&entry));
            let mut receivers: Vec<_> = RECEIVERS.iter().map(|_| ReceiverProgress::Done).collect();
            for receiver in &fetch.parked.receivers {
                receivers[receiver.number()] =
                    ReceiverProgress::Open(receiver.circuit, receiver.failures.clone());
            }
            let event = Arc::clone(&EVENT);
            let progress =
                EventProgress { event, receivers, calls: Vec::new(), is_lost: false, is_error: false };
            let delivery = Delivery::new(entry.clone(), message(&entry));
            let entry = Entry::of_store(delivery, &fetch.parked, progress);
            results.push(Fetched::Entry(Box::new(entry)));
        }
        for fetch in &fetches.events {
            self.found.remove(&fetch.parked.id);
        }
        self.state.fetched(worker, fetches, results, self.now);
    }

    /// Whether nothing of the key of this event is in flight, but what was parked and no worker has.
    fn has_only_parked(&self, entry: &EntryId) -> bool {
        let key = lane(entry);
        let is_of_key = |entry: &EntryId| lane(entry) == key;
        let is_worked_on = self.work.values().any(|work| match work {
            Work::Entry { entry, .. } => is_of_key(&entry.delivery.entry),
            Work::Share(share) => is_of_key(&share.entry),
            Work::Fetch(fetches) => {
                fetches.events.iter().any(|fetch| is_of_key(&self.store[&fetch.parked.id].0))
            }
        });
        let written = self.write.iter().flat_map(|write| &write.waiting);
        !is_worked_on
            && !self.state.entries().iter().any(is_of_key)
            && !written.into_iter().any(|entry| is_of_key(&entry.delivery.entry))
    }

    /// An event is gone that was to be fetched: another consumer has claimed it, or somebody has dropped it. Some of those behind it
    /// may be, too.
    fn vanish(&mut self, id: ParkedId, entry: &EntryId) {
        self.leave(id);
        let is_fetched_now = |id: &ParkedId| {
            let has_it = |work: &Work| match work {
                Work::Fetch(fetches) => fetches.events.iter().any(|fetch| fetch.parked.id == *id),
                Work::Entry { .. } | Work::Share(_) => false,
            };
            self.work.values().any(has_it)
        };
        let others: Vec<_> = self
            .store
            .iter()
            .filter(|(id, (other, is_fetched))| {
                lane(other) == lane(entry) && !is_fetched && !self.away.contains(id) && !is_fetched_now(id)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in others {
            if self.random.bool() {
                self.leave(id);
                self.vanished += 1;
            }
        }
    }

    /// An event is not in the store any more, and no receiver gets it.
    fn leave(&mut self, id: ParkedId) {
        self.listed.remove(&id);
        let (entry, _) = self.store.remove(&id).expect("it is in the store");
        for receiver in 0..RECEIVERS.len() {
            self.open.get_mut(&(receiver, lane(&entry))).map(|parts| parts.remove(&number(&entry)));
        }
    }

    /// The store is listed.
    fn list(&mut self) {
        let doubtful = self.state.parking.take_list_due().unwrap_or_default();
        let listed = self.listed.iter().map(|id| {
            let entry = self.store.get(id).map_or_else(|| EntryId::new("-/0"), |(entry, _)| entry.clone());
            let message = message(&entry);
            let waits = |receiver: &usize| {
                let parts = self.open.get(&(*receiver, lane(&entry)));
                parts.is_some_and(|parts| parts.contains_key(&number(&entry)))
            };
            let receivers: Vec<_> = (0..RECEIVERS.len())
                .filter(waits)
                .map(|number| {
                    let circuit = self.circuits.of(RECEIVERS[number]);
                    ParkedReceiver::new(number, circuit, Failures::of_parked(1, SystemTime::now(), self.now))
                })
                .collect();
            let limits = vec![OUTAGE_LIMIT; receivers.len()];
            let size = message.size() as u64;
            (Parked::new(*id, (message.key_hash(), size), receivers, Vec::new()), limits)
        });
        let listed = listed.collect();
        let before = self.state.parking.events();
        self.state.take_in_parked(listed, Found::Later);
        assert_eq!(self.state.parking.events(), before + self.away.len(), "the others are known");
        let gone = doubtful.iter().copied().filter(|id| !self.store.contains_key(id)).collect();
        self.state.listed(&doubtful, &gone);
        (self.vanished, self.away) = (0, BTreeSet::new());
        for work in self.work.values() {
            if let Work::Fetch(fetches) = work {
                let ids = fetches.events.iter().map(|fetch| fetch.parked.id);
                self.found.extend(ids.filter(|id| self.listed.contains(id)));
            }
        }
    }

    /// An entry has ended: if it was parked, it leaves the store.
    fn leave_store(&mut self, entry: &Entry) {
        if let Origin::Store { id, .. } = &entry.origin {
            assert!(self.store.remove(id).is_some_and(|(_, is_fetched)| is_fetched));
        }
    }

    fn settle_entry(
        &mut self,
        worker: usize,
        mut entry: Box<Entry>,
        run: Vec<(usize, Failures)>,
        wait: Vec<usize>,
    ) {
        let id = entry.delivery.entry.clone();
        if self.random.u8(0..20) == 0 && wait.is_empty() {
            // It could not be handled at all, as the bus does not answer.
            for (receiver, mut failures) in run {
                self.circuits.left_out(self.circuits.of(RECEIVERS[receiver]), &mut failures);
                self.part(receiver, &id, Some(Part::Waits));
            }
            let at = self.now + SECOND * self.random.u32(0..5);
            entry.stage = Stage::Begun;
            self.state.settle(worker, entry, Settlement::Retry { at }, self.now);
            return;
        }
        let mut receivers: Vec<_> = RECEIVERS.iter().map(|_| ReceiverProgress::Pending).collect();
        let mut open = Vec::new();
        for (receiver, mut failures) in run {
            let (end, _) = self.result(receiver, &id, &mut failures);
            receivers[receiver] = match end {
                ShareEnd::Failed { wait, effect } => {
                    self.part(receiver, &id, Some(Part::Waits));
                    open.push(self.open_share(receiver, wait, effect));
                    ReceiverProgress::Open(self.circuits.of(RECEIVERS[receiver]), failures)
                }
                ShareEnd::GivenUp(given_up) => {
                    self.part(receiver, &id, None);
                    ReceiverProgress::GivenUp(given_up)
                }
                ShareEnd::Done | ShareEnd::Lost => {
                    self.part(receiver, &id, None);
                    ReceiverProgress::Done
                }
            };
        }
        for receiver in wait {
            let mut failures = Failures::default();
            failures.waits(self.now);
            open.push(self.open_share(receiver, Wait::Untried, Effect::default()));
            receivers[receiver] = ReceiverProgress::Open(self.circuits.of(RECEIVERS[receiver]), failures);
        }
        let settlement = if open.is_empty() {
            self.in_flight.remove(&number(&id));
            Settlement::Done
        } else {
            let event = Arc::clone(&EVENT);
            let progress =
                EventProgress { event, receivers, calls: Vec::new(), is_lost: false, is_error: false };
            entry.stage = Stage::Open(Box::new(progress));
            Settlement::Open(open)
        };
        self.state.settle(worker, entry, settlement, self.now);
    }

    fn open_share(&self, number: usize, wait: Wait, effect: Effect) -> OpenShare {
        let circuit = self.circuits.of(RECEIVERS[number]);
        OpenShare { number, circuit, outage_limit: OUTAGE_LIMIT, wait, effect }
    }

    fn settle_share(&mut self, worker: usize, share: &Share) {
        let receiver = share.id.number;
        let mut failures = share.failures.clone();
        let (end, _) = self.result(receiver, &share.entry, &mut failures);
        let part = if matches!(end, ShareEnd::Failed { .. }) { Some(Part::Waits) } else { None };
        self.part(receiver, &share.entry, part);
        if let Some(entry) = self.state.end_share(worker, share, failures, end, self.now) {
            self.in_flight.remove(&number(&share.entry));
            self.leave_store(&entry);
            self.state.settle(worker, entry, Settlement::Done, self.now);
        }
    }

    /// What a receiver has still to do for an entry: nothing, if it has ended.
    fn part(&mut self, receiver: usize, entry: &EntryId, part: Option<Part>) {
        let parts = self.open.get_mut(&(receiver, lane(entry))).expect("the key is in flight");
        match part {
            Some(part) => *parts.get_mut(&number(entry)).expect("it is in flight") = part,
            None => assert!(parts.remove(&number(entry)).is_some(), "ended twice"),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.state.due(self.now);
    }

    /// Another consumer claims an entry.
    fn lose(&mut self) {
        let Some(lost) = self.random.choice(self.state.entries()) else { return };
        let has_it = |work: &Work| match work {
            Work::Entry { entry, .. } => entry.delivery.entry == lost,
            Work::Share(share) => share.entry == lost,
            Work::Fetch(_) => false,
        };
        let is_written = |write: &StoreWrite| write.waiting.iter().any(|entry| entry.delivery.entry == lost);
        let is_handled = self.work.values().any(has_it)
            || self.write.as_ref().is_some_and(is_written)
            || self.state.parking.is_unknown(&lost);
        assert_eq!(self.state.drop_lost(&lost), !is_handled);
        if !is_handled {
            self.forget(&lost);
        }
    }

    fn forget(&mut self, entry: &EntryId) {
        assert!(self.in_flight.remove(&number(entry)));
        for receiver in 0..RECEIVERS.len() {
            // It may have ended for some of them.
            self.open.get_mut(&(receiver, lane(entry))).map(|parts| parts.remove(&number(entry)));
        }
    }

    /// While no worker has anything, something runs before the longest backoff is over.
    fn stand_still(&mut self) {
        if !self.work.is_empty()
            || self.write.is_some()
            || (self.in_flight.is_empty() && self.store.is_empty())
        {
            return;
        }
        self.list();
        for _ in 0..11 {
            self.take();
            if !self.work.is_empty() {
                return;
            }
            self.pass(SECOND);
            self.write();
        }
        panic!("{} entries are in flight, and nothing runs", self.in_flight.len());
    }

    /// The consumer stops: what no worker has is released, and the rest when its receivers have finished.
    fn stop(mut self) {
        if self.write.is_some() {
            self.write();
        }
        let running = self.work.values().filter_map(|work| match work {
            Work::Entry { entry, .. } => Some(number(&entry.delivery.entry)),
            Work::Share(share) => Some(number(&share.entry)),
            Work::Fetch(_) => None,
        });
        let running: BTreeSet<_> = running.collect();
        let waiting: BTreeSet<_> = self.in_flight.difference(&running).copied().collect();
        assert_eq!(self.release(), waiting);
        while !self.work.is_empty() {
            self.settle();
        }
        let rest = self.in_flight.clone();
        assert_eq!(self.release(), rest);
        assert_eq!((self.state.in_flight(), self.in_flight.len()), (0, 0), "entries are stuck");
    }

    fn release(&mut self) -> BTreeSet<usize> {
        let (released, put_back) = self.state.take_waiting();
        for entry in &released {
            self.forget(entry);
        }
        let mut numbers: BTreeSet<_> = released.iter().map(number).collect();
        for StoreChange { id, waiting, .. } in put_back {
            let (entry, is_fetched) = self.store.get_mut(&id).expect("it is in the store");
            assert!(std::mem::take(is_fetched) && !waiting.is_empty());
            assert!(self.in_flight.remove(&number(entry)));
            numbers.insert(number(entry));
        }
        numbers
    }

    /// All receivers work: everything in flight ends.
    fn drain(&mut self) {
        self.is_over = true;
        self.list();
        for _ in 0..200 * LIMIT {
            self.pass(SECOND);
            self.take();
            self.settle();
            self.write();
        }
        assert_eq!((self.state.in_flight(), self.in_flight.len()), (0, 0), "entries are stuck");
        assert!(self.store.is_empty(), "events are stuck in the store: {:?}", self.store);
        for path in RECEIVERS {
            self.circuits.succeeded(path, &mut Failures::default());
        }
        assert!(self.circuits.are_quiet(), "something is remembered for ever: {:?}", self.circuits);
    }
}

fn number(entry: &EntryId) -> usize {
    entry.as_str().split_once('/').and_then(|(_, number)| number.parse().ok()).expect("`key/number`")
}

/// The key of an entry; one without a key has its own.
fn lane(entry: &EntryId) -> String {
    let (key, number) = entry.as_str().split_once('/').expect("`key/number`");
    if key == "-" { format!("-{number}") } else { key.to_owned() }
}

/// The message of an entry, with its key.
fn message(entry: &EntryId) -> Message {
    let key = lane(entry);
    let headers = if key.starts_with('-') { Vec::new() } else { vec![Header::new(PARTITION_KEY, key)] };
    Message { headers, payload: None }
}

fn given_up(reason: Reason) -> GivenUp {
    GivenUp { failure: ReceiverFailure::new("given up"), reason }
}

/// Names the seed of a history that fails. It does not repeat what the program itself chooses at random, nor what depends on the order
/// of hash maps.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed of this history is {}", self.0);
        }
    }
}

#[test]
fn random_histories_that_drain() {
    let mut parked = 0;
    for (seed, has_store) in (0..600).zip([false, true].into_iter().cycle()) {
        let _seed = Seed(seed);
        let mut model = Model::new(seed, has_store);
        for _ in 0..800 {
            model.step();
        }
        model.drain();
        assert!(model.open.values().all(BTreeMap::is_empty), "a receiver was left out: {:?}", model.open);
        parked += model.last_parked;
    }
    assert!(parked > 1000, "only {parked} events were parked");
}

#[test]
fn random_histories_that_are_stopped() {
    for (seed, has_store) in (1000..1400).zip([false, true].into_iter().cycle()) {
        let _seed = Seed(seed);
        let mut model = Model::new(seed, has_store);
        for _ in 0..300 {
            model.step();
        }
        model.stop();
    }
}
