//! The entries of a topic that are in flight: [`Window`].
//!
//! [`State`] says what becomes of them; it knows no threads. [`Window`] is its lock, and wakes the threads that wait for a
//! change.

mod delayed;
mod entry;
mod isolation;
mod key_queues;
mod lanes;
mod limits;
#[cfg(test)]
mod model;
mod parked;
mod parking;
mod phase;
mod reader_phase;
mod runs;
mod shares;
mod slots;
mod standstill;
mod state;
#[cfg(test)]
mod tests;
mod weights;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::circuit::Failures;
use super::circuits::{CircuitId, Circuits};
use super::quota::Quota;
use super::settings::ConsumerSettings;
use super::waiters::Waiters;
use crate::bus::contract::{Delivery, EntryId, ParkedId, Waiting};
use crate::bus::retry::deadline;
use crate::sync;
use limits::Limits;
use reader_phase::ReaderPhase;
use state::{State, Wakes};

pub(super) use entry::{Entry, Job, OpenShare, Origin, Settlement, Share, ShareEnd, Stage};
pub(super) use lanes::Wait;
pub(super) use parked::{Parked, ParkedReceiver};
pub(super) use parking::{Fetch, Fetched, Fetches, Found, ParkingLimits, StoreChange, StoreWrite, Stored};
pub(super) use phase::End;
pub(super) use runs::{LateRun, LateRuns};
pub(super) use standstill::Standstill;
pub(super) use state::{Due, ReadRequest};

/// The entries of a topic that are in flight, shared by its threads under one lock.
pub(super) struct Window {
    state: Mutex<State>,
    circuits: Arc<Circuits>,
    /// Notified when there may be an entry for a worker.
    work: Condvar,
    /// Notified when there may be something for the upkeep.
    upkeep: Condvar,
    /// Notified when there may be room for the reader, or something has ended.
    room: Condvar,
    /// Those who wait for the end.
    waiters: Arc<Waiters>,
}

/// How long the reader waits for room before it looks by itself.
const ROOM_LOOK: Duration = Duration::from_millis(100);
/// The same for who waits for receivers to finish.
const DRAIN_LOOK: Duration = Duration::from_millis(20);

/// What is left when a consumer has stopped.
pub(super) struct Drained {
    /// The number of entries whose receivers still run.
    pub(super) running: usize,
    /// To be acknowledged.
    pub(super) done: Vec<EntryId>,
    /// To be released.
    pub(super) waiting: Vec<EntryId>,
    /// Parked events that go back to the store, and those that are done.
    pub(super) settled: Vec<StoreChange>,
    /// Entries with an attempt that is counted on the bus and that has killed no process so far.
    pub(super) counted: Vec<EntryId>,
}

impl Window {
    pub(super) fn new(
        settings: &ConsumerSettings,
        circuits: &Arc<Circuits>,
        quota: Option<Arc<Quota>>,
        has_store: bool,
        waiters: Arc<Waiters>,
    ) -> Self {
        let circuits = Arc::clone(circuits);
        let parking = has_store
            .then_some(ParkingLimits { events: settings.max_parked, bytes: settings.max_parked_bytes });
        let state = State::new(Limits::of(settings), settings.workers, Arc::clone(&circuits), quota, parking);
        Self {
            state: Mutex::new(state),
            circuits,
            work: Condvar::new(),
            upkeep: Condvar::new(),
            room: Condvar::new(),
            waiters,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }

    // For the reader.

    /// Waits until entries may be read. `None` if nothing is to be read any more.
    pub(super) fn wait_for_room(&self) -> Option<ReadRequest> {
        let mut state = self.state();
        let since = Instant::now();
        let mut now = since;
        loop {
            if !state.phase.is_running() {
                state.reader = ReaderPhase::Finished;
                return None;
            }
            if let Some(request) = state.read_request(now) {
                state.reader = ReaderPhase::WaitingForEntries { since: now };
                return Some(request);
            }
            state.reader = ReaderPhase::WaitingForRoom { since, at_most: state.enough_room_at() };
            self.upkeep.notify_one();
            state = sync::wait_timeout(&self.room, state, ROOM_LOOK);
            now = Instant::now();
        }
    }

    /// A read has returned.
    pub(super) fn read_returned(&self) {
        self.state().reader = ReaderPhase::Busy;
    }

    /// Takes in what was read or claimed.
    pub(super) fn put(&self, deliveries: Vec<Delivery>) {
        let wakes = self.state().put(deliveries);
        self.wake(&wakes);
    }

    /// Leaves out what is in flight already.
    pub(super) fn retain_new(&self, deliveries: &mut Vec<Delivery>) {
        let mut state = self.state();
        if state.has_lost_group() || deliveries.iter().any(|delivery| delivery.is_redelivered) {
            deliveries.retain(|delivery| state.is_new(delivery));
        }
    }

    /// The group was lost: its successor delivers everything again, also what is in flight.
    pub(super) fn group_lost(&self) {
        self.state().group_lost();
    }

    /// How many entries may be claimed.
    pub(super) fn room_to_claim(&self) -> usize {
        let state = self.state();
        if state.phase.is_running() { state.room_to_claim() } else { 0 }
    }

    /// Waits for this time, or until the consumer ends.
    pub(super) fn pause(&self, pause: Duration) {
        let until = deadline::after(pause);
        let mut state = self.state();
        while state.phase.is_running() && Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            state = sync::wait_timeout(&self.room, state, left);
        }
    }

    // For workers.

    /// Settles the last entry of a worker, and waits for what is next. `None` if no more is to be handled.
    pub(super) fn next(&self, worker: usize, last: Option<(Box<Entry>, Settlement)>) -> Option<Job> {
        let mut state = self.state();
        let mut now = Instant::now();
        self.finish_run(&mut state, worker);
        if let Some((entry, settlement)) = last {
            let wakes = state.settle(worker, entry, settlement, now);
            self.wake(&wakes);
        }
        loop {
            if state.phase.is_stopping() {
                self.room.notify_all();
                return None;
            }
            if let Some(job) = state.take(worker, now) {
                return Some(job);
            }
            state.worker_sleeps();
            state = sync::wait(&self.work, state);
            state.worker_wakes();
            now = Instant::now();
        }
    }

    /// Takes back one receiver of an entry. Returns the entry if it was the last one, and whether the event counts as an error
    /// that was not counted before.
    pub(super) fn end_share(
        &self,
        worker: usize,
        share: &Share,
        failures: Failures,
        end: ShareEnd,
        is_error: bool,
    ) -> (Option<Box<Entry>>, bool) {
        let mut state = self.state();
        self.finish_run(&mut state, worker);
        let is_error = is_error && state.count_error(share);
        // What waits for its backoff or for the next probe is to be run in time.
        if matches!(end, ShareEnd::Failed { .. }) {
            self.upkeep.notify_one();
        }
        (state.end_share(worker, share, failures, end, Instant::now()), is_error)
    }

    /// What a parked event waits for that has returned and goes on to wait.
    pub(super) fn returned(&self, share: &Share) -> Option<StoreChange> {
        self.state().returned(share)
    }

    /// Whether a receiver of an entry may run now. Otherwise the event waits for it.
    pub(super) fn may_run(&self, entry: &Entry, circuit: CircuitId, failures: &mut Failures) -> bool {
        self.state().may_run(entry, circuit, failures, Instant::now())
    }

    /// The circuit of a receiver has closed.
    pub(super) fn works_again(&self, circuit: CircuitId) {
        self.state().works_again(circuit);
        self.work.notify_all();
    }

    /// Counts the failing events of a receiver as errors, each once, and returns how many have not been counted before.
    pub(super) fn count_errors(&self, circuit: CircuitId) -> u32 {
        self.state().count_errors(circuit)
    }

    /// A worker runs this receiver from now on: its name, and its path.
    pub(super) fn run_started(
        &self,
        worker: usize,
        receiver: (&'static str, &Cow<'static, str>),
        timeout: Option<Duration>,
    ) -> Instant {
        let mut state = self.state();
        self.finish_run(&mut state, worker);
        let now = state.isolation.take_fresh(worker).unwrap_or_else(Instant::now);
        state.runs.start(worker, receiver, timeout, now);
        now
    }

    fn finish_run(&self, state: &mut State, worker: usize) {
        if let Some(path) = state.runs.finish(worker) {
            self.circuits.overdue_run_ended(&path);
        }
    }

    /// Takes back what a worker could not handle, as the consumer is to end.
    pub(super) fn give_back(&self, worker: usize, entry: Box<Entry>) {
        let mut state = self.state();
        self.finish_run(&mut state, worker);
        state.give_back(worker, entry);
        drop(state);
        self.room.notify_all();
    }

    /// The same for one receiver of an entry.
    pub(super) fn give_back_share(&self, worker: usize, share: &Share, failures: Failures) {
        let mut state = self.state();
        self.finish_run(&mut state, worker);
        state.give_back_share(worker, share, failures);
        drop(state);
        self.room.notify_all();
    }

    // For the upkeep.

    /// Waits until the upkeep has something to do, at most for this time; wakes workers for what they are to handle. `None`
    /// if the consumer stops and nothing is left.
    pub(super) fn wait_for_upkeep(&self, max: Duration) -> Option<Due> {
        let mut state = self.state();
        let wait = state.upkeep_wait(max, Instant::now());
        if !wait.is_zero() {
            state = sync::wait_timeout(&self.upkeep, state, wait);
        }
        let due = state.due(Instant::now())?;
        drop(state);
        if due.are_retries_ready || due.are_workers_late {
            self.work.notify_all();
        }
        Some(due)
    }

    /// What could not be acknowledged is to be acknowledged again.
    pub(super) fn acknowledge_again(&self, done: Vec<EntryId>) {
        self.state().acknowledge_again(done);
    }

    /// All entries in flight.
    pub(super) fn entries(&self) -> Vec<EntryId> {
        self.state().entries()
    }

    /// Removes the entries that other consumers have claimed. Returns those that were waiting here.
    pub(super) fn drop_lost(&self, mut lost: Vec<EntryId>) -> Vec<EntryId> {
        if !lost.is_empty() {
            let mut state = self.state();
            lost.retain(|entry| state.drop_lost(entry));
        }
        lost
    }

    /// The receivers that take too long.
    pub(super) fn late_runs(&self, stuck_after: Option<Duration>) -> LateRuns {
        let late = self.state().runs.late(stuck_after, Instant::now());
        for path in &late.slow {
            self.circuits.run_is_overdue(path);
        }
        late
    }

    /// Why nothing more is read, or next to nothing.
    pub(super) fn standstill(&self) -> Option<Standstill> {
        self.state().standstill()
    }

    /// How many events of each receiver wait, and since when the oldest does.
    pub(super) fn waiting(&self) -> Vec<(CircuitId, usize, Option<Instant>)> {
        self.state().waiting()
    }

    // For the store of parked events.

    /// Takes in events that were parked before, in their order, with the limits of an outage of their receivers.
    pub(super) fn take_in_parked(&self, events: Vec<(Parked, Vec<Duration>)>, found: Found) {
        self.state().take_in_parked(events, found);
        self.work.notify_all();
    }

    /// How many more parked events may be taken in.
    pub(super) fn room_for_parked(&self) -> usize {
        self.state().parking.room()
    }

    /// What is to be written to the store now, if anything is.
    pub(super) fn take_store_write(&self) -> Option<StoreWrite> {
        let mut state = self.state();
        let max = state.limits.store_batch;
        state.take_store_write(max, Instant::now())
    }

    /// These are parked by what is being written: whoever lists the store now finds nothing new in them.
    pub(super) fn now_parked(&self, ids: impl IntoIterator<Item = ParkedId>) {
        self.state().parking.now_parked(ids);
    }

    #[expect(clippy::vec_box, reason = "entries stay in their boxes while they move")]
    /// Takes back what was written, and what is done and could not be removed. Returns the entries that are parked now.
    pub(super) fn stored(
        &self,
        entries: Vec<(Box<Entry>, Stored)>,
        not_ended: Vec<StoreChange>,
    ) -> Vec<Box<Entry>> {
        let parked = self.state().stored(entries, not_ended, Instant::now());
        self.room.notify_all();
        self.work.notify_all();
        parked
    }

    /// Takes in what a worker has fetched.
    pub(super) fn fetched(&self, worker: usize, fetches: Fetches, results: Vec<Fetched>) {
        let is_late = results.iter().any(|fetched| matches!(fetched, Fetched::Later(_)));
        self.state().fetched(worker, fetches, results, Instant::now());
        // The worker itself runs them. As with what is read, the upkeep wakes others if that takes long.
        if is_late {
            self.upkeep.notify_one();
        }
    }

    /// The events that are known here and may not be in the store any more, if the store is to be listed, which the caller does now.
    pub(super) fn take_list_due(&self) -> Option<HashSet<ParkedId>> {
        self.state().parking.take_list_due()
    }

    /// The store was listed, and what is new in it was taken in. Of these doubtful events, it has those that are not gone.
    pub(super) fn listed(&self, doubtful: &HashSet<ParkedId>, gone: &HashSet<ParkedId>) {
        self.state().listed(doubtful, gone);
        self.room.notify_all();
        self.work.notify_all();
    }

    /// The store may have events that are not known here: it is to be listed again.
    pub(super) fn list_parked_again(&self) {
        self.state().parking.list_again();
    }

    /// The number of events in the store.
    pub(super) fn parked(&self) -> usize {
        self.state().parking.events()
    }

    /// What goes back to the store of an event that was fetched.
    pub(super) fn put_back(&self, entry: &Entry) -> Option<StoreChange> {
        self.state().put_back(entry)
    }

    /// The receivers that an entry waits for, for the store.
    pub(super) fn waiting_receivers(&self, entry: &Entry) -> Vec<Waiting> {
        self.state().waiting_receivers(entry)
    }

    // For the end.

    /// The names of the receivers that run.
    pub(super) fn running_receivers(&self) -> Vec<&'static str> {
        self.state().runs.receivers()
    }

    /// Ends by itself, for this reason unless there was one before.
    pub(super) fn end(&self, end: End) {
        self.state().phase.end(end);
        self.wake_all();
        self.notify_if_ended();
    }

    /// No more entries are begun.
    pub(super) fn stop(&self) {
        self.state().phase.stop();
        self.wake_all();
    }

    pub(super) fn is_running(&self) -> bool {
        self.state().phase.is_running()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.state().phase.is_stopping()
    }

    /// Whether the consumer has ended by itself.
    pub(super) fn has_ended(&self) -> bool {
        self.state().phase.reason().is_some()
    }

    /// Whether the consumer has ended since its recipient takes no event any more.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state().phase.reason(), Some(End::Closed { .. }))
    }

    /// Whether the consumer has ended by an error. A recipient that takes no event any more is none: a restart would not help.
    pub(super) fn has_failed(&self) -> bool {
        self.state().phase.reason().is_some_and(|end| !matches!(end, End::Complete | End::Closed { .. }))
    }

    /// Wakes those who wait for the end, if it has come. The upkeep does so for an end under the lock: what is woken is
    /// foreign code.
    pub(super) fn notify_if_ended(&self) {
        if self.has_ended() {
            self.waiters.wake();
        }
    }

    /// Why it has ended by itself, if it has.
    pub(super) fn why_ended(&self) -> Option<String> {
        let end = self.state().phase.reason().cloned();
        end.map(|end| end.to_string())
    }

    /// Takes out why it has ended by itself.
    pub(super) fn take_end(&self) -> Option<End> {
        self.state().phase.take_end()
    }

    /// Waits for the receivers that run, at most until the deadline.
    pub(super) fn drain(&self, deadline: Instant) -> Drained {
        let mut state = self.state();
        while state.handled() > 0 && !matches!(state.phase.reason(), Some(End::Stuck { .. })) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = sync::wait_timeout(&self.room, state, left.min(DRAIN_LOOK));
        }
        let (waiting, mut settled) = state.take_waiting();
        settled.extend(state.parking.take_ended());
        Drained {
            running: state.handled(),
            waiting,
            settled,
            done: state.take_done(),
            counted: state.take_counted(),
        }
    }

    /// An attempt of this entry is counted on the bus.
    pub(super) fn attempt_counted(&self, entry: &EntryId) {
        self.state().attempt_counted(entry);
    }

    /// The attempt of this entry that is counted is settled.
    pub(super) fn attempt_settled(&self, entry: &EntryId) {
        self.state().attempt_settled(entry);
    }

    /// The number of entries in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.state().in_flight()
    }

    fn wake(&self, wakes: &Wakes) {
        if wakes.upkeep {
            self.upkeep.notify_one();
        }
        if wakes.reader {
            self.room.notify_one();
        }
        if wakes.worker {
            self.work.notify_one();
        }
    }

    fn wake_all(&self) {
        self.work.notify_all();
        self.upkeep.notify_all();
        self.room.notify_all();
    }
}
