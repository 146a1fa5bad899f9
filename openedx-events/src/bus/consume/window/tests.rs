//! What becomes of entries in flight, without threads and without a clock.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::entry::{Entry, Job, Settlement, ShareEnd};
use super::lanes::Wait;
use super::limits::Limits;
use super::model::EVENT;
use super::parked::{Parked, ParkedReceiver};
use super::parking::{Fetched, Fetches, Found, ParkingLimits};
use super::phase::End;
use super::reader_phase::ReaderPhase;
use super::standstill::Standstill;
use super::state::{Due, ReadRequest, State, Wakes};
use crate::bus::consume::circuit::{Effect, Failures, Rules};
use crate::bus::consume::circuits::{CircuitId, Circuits};
use crate::bus::consume::progress::{EventProgress, FailureKind, ReceiverProgress};
use crate::bus::consume::quota::Quota;
use crate::bus::consume::settings::RetryPolicy;
use crate::bus::contract::{Delivery, EntryId, ParkedId};
use crate::bus::message::headers::PARTITION_KEY;
use crate::bus::message::{Header, Message};

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: Limits =
    Limits { entries: 100, bytes: usize::MAX, batch: 10, store_batch: 10, slow_read: SECOND };

/// A window, and the time.
struct World {
    state: State,
    now: Instant,
    /// The entries that workers have, each with a worker of its own.
    workers: BTreeMap<String, usize>,
    next_worker: usize,
}

impl World {
    fn new() -> Self {
        Self::with(LIMITS, None)
    }

    fn with(limits: Limits, quota: Option<u64>) -> Self {
        let quota = quota.map(|max| Arc::new(Quota::new(max)));
        let mut state = State::new(limits, 4, Arc::new(Circuits::default()), quota, None);
        // As many have been read that whole batches are asked for.
        state.has_seen(100);
        Self { state, now: Instant::now(), workers: BTreeMap::new(), next_worker: 0 }
    }

    /// Puts entries in. A name says its key, if there is one: `k:1` or `1`.
    fn put(&mut self, entries: &[&str]) -> Wakes {
        self.put_with(entries, false)
    }

    fn put_redelivered(&mut self, entries: &[&str]) {
        self.put_with(entries, true);
    }

    fn put_with(&mut self, entries: &[&str], is_redelivered: bool) -> Wakes {
        let deliveries = entries.iter().map(|entry| delivery(entry).redelivered(is_redelivered)).collect();
        self.state.put(deliveries)
    }

    /// Takes out one entry, which must be this one.
    fn take(&mut self, name: &str) -> Box<Entry> {
        let entry = self.try_take().unwrap_or_else(|| panic!("{name} is not ready"));
        assert_eq!(entry.delivery.entry.as_str(), name);
        entry
    }

    fn try_take(&mut self) -> Option<Box<Entry>> {
        self.next_worker += 1;
        match self.state.take(self.next_worker, self.now)? {
            Job::Entry(entry) => {
                self.workers.insert(entry.delivery.entry.to_string(), self.next_worker);
                Some(entry)
            }
            Job::Share(_) | Job::Fetch(_) => panic!("no entry is open"),
        }
    }

    /// Nothing can be taken out.
    fn nothing(&mut self) {
        let taken = self.try_take().map(|entry| entry.delivery.entry);
        assert_eq!(taken, None);
    }

    fn settle(&mut self, entry: Box<Entry>, settlement: Settlement) -> Wakes {
        let worker = self.workers.remove(entry.delivery.entry.as_str()).expect("a worker has it");
        self.state.settle(worker, entry, settlement, self.now)
    }

    fn retry_in(&mut self, entry: Box<Entry>, backoff: Duration) {
        let at = self.now + backoff;
        let wakes = self.settle(entry, Settlement::Retry { at });
        assert!(wakes.upkeep, "it has to end the backoff");
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn due(&mut self) -> Option<Due> {
        self.state.due(self.now)
    }

    /// Takes entries out and dead-letters them.
    fn dead_letter(&mut self, names: &[&str]) {
        for name in names {
            let entry = self.take(name);
            self.settle(entry, Settlement::DeadLettered);
        }
    }

    fn request(&mut self) -> Option<(usize, Vec<String>)> {
        self.state.read_request(self.now).map(|ReadRequest { max, done }| (max, texts(&done)))
    }
}

fn key_of(entry: &str) -> Option<&str> {
    entry.split_once(':').map(|(key, _)| key)
}

fn delivery(entry: &str) -> Delivery {
    let headers = key_of(entry).map(|key| Header::new(PARTITION_KEY, key.to_owned())).into_iter().collect();
    Delivery::new(EntryId::new(entry), Message { headers, payload: None })
}

fn texts(entries: &[EntryId]) -> Vec<String> {
    entries.iter().map(ToString::to_string).collect()
}

fn id(entry: &str) -> EntryId {
    EntryId::new(entry)
}

#[test]
fn entries_without_a_key_are_handled_side_by_side_in_order() {
    let mut world = World::new();
    world.put(&["1", "2", "3"]);
    let [one, two, three] = ["1", "2", "3"].map(|name| world.take(name));
    world.nothing();
    for entry in [two, three, one] {
        world.settle(entry, Settlement::Done);
    }
    assert_eq!(texts(&world.state.take_done()), ["2", "3", "1"], "as they were done");
    assert_eq!((world.state.in_flight(), world.state.handled()), (0, 0));
}

#[test]
fn an_entry_waits_until_the_one_before_it_of_its_key_is_done() {
    let mut world = World::new();
    world.put(&["a:1", "a:2", "b:1", "a:3"]);
    let first = world.take("a:1");
    let other = world.take("b:1");
    world.nothing();
    world.settle(first, Settlement::Done);
    let second = world.take("a:2");
    world.nothing();
    world.settle(other, Settlement::Done);
    world.nothing();
    world.settle(second, Settlement::Done);
    let third = world.take("a:3");
    world.settle(third, Settlement::Done);
    assert_eq!(world.state.in_flight(), 0);
}

#[test]
fn an_entry_waits_while_the_one_before_it_backs_off_and_not_after_its_dead_letter() {
    let mut world = World::new();
    world.put(&["a:1", "a:2"]);
    let first = world.take("a:1");
    world.retry_in(first, SECOND);
    world.nothing();
    // One that comes later stands at the end.
    world.put(&["a:3"]);
    world.pass(SECOND);
    assert!(world.due().is_some_and(|due| due.are_retries_ready));
    world.dead_letter(&["a:1", "a:2", "a:3"]);
    world.nothing();
    assert_eq!(world.state.take_done(), [], "they were acknowledged with their dead letters");
}

#[test]
fn a_key_is_forgotten_when_none_of_its_entries_is_in_flight() {
    let mut keys = super::key_queues::KeyQueues::default();
    assert!(keys.push(b"a", 1) && keys.push(b"b", 2));
    assert!(!keys.push(b"a", 3) && !keys.push(b"a", 4));
    assert!(!keys.remove_behind(b"a", 1), "the first is not behind");
    assert!(keys.remove_behind(b"a", 3) && !keys.remove_behind(b"a", 3) && !keys.remove_behind(b"c", 4));
    assert_eq!((keys.pop(b"a"), keys.pop(b"a"), keys.pop(b"a"), keys.pop(b"b")), (Some(4), None, None, None));
    assert!(keys.is_empty());
}

#[test]
fn a_retry_is_ready_at_its_time_and_not_before() {
    let mut world = World::new();
    world.put(&["1", "2"]);
    let (one, two) = (world.take("1"), world.take("2"));
    world.retry_in(one, SECOND * 2);
    world.retry_in(two, SECOND);
    let wait = |world: &World| world.state.upkeep_wait(SECOND * 60, world.now);
    assert_eq!(wait(&world), SECOND);
    assert_eq!(
        world.state.upkeep_wait(SECOND / 2, world.now),
        SECOND / 2,
        "it waits no longer than its maximum"
    );
    world.pass(Duration::from_nanos(999_999_999));
    assert!(world.due().is_some_and(|due| !due.are_retries_ready));
    world.nothing();
    world.pass(Duration::from_nanos(1));
    assert_eq!(wait(&world), Duration::ZERO);
    assert!(world.due().is_some_and(|due| due.are_retries_ready));
    let two = world.take("2");
    world.nothing();
    assert_eq!(wait(&world), SECOND);
    world.settle(two, Settlement::Done);
    // Late, as it happens under load.
    world.pass(SECOND * 10);
    assert!(world.due().is_some_and(|due| due.are_retries_ready));
    world.dead_letter(&["1"]);
    assert_eq!(wait(&world), SECOND * 60);
}

#[test]
fn no_more_than_the_maximum_is_in_flight() {
    let mut world = World::with(Limits { entries: 5, batch: 2, ..LIMITS }, None);
    assert_eq!(world.request(), Some((2, vec![])));
    world.put(&["1", "2"]);
    world.put(&["3", "4"]);
    assert_eq!(world.request(), None, "one more fits in, which is no batch, and workers are busy");
    let entries = ["1", "2", "3", "4"].map(|name| world.take(name));
    assert_eq!(world.request(), Some((1, vec![])), "workers have nothing to do");
    world.put(&["5"]);
    let five = world.take("5");
    assert_eq!((world.request(), world.state.room()), (None, 0));
    world.retry_in(five, SECOND);
    assert_eq!(world.request(), None, "what backs off is in flight");
    for entry in entries {
        world.settle(entry, Settlement::Done);
    }
    let done = ["1", "2", "3", "4"].map(str::to_owned).to_vec();
    assert_eq!(world.request(), Some((2, done)), "with what is to be acknowledged");
    assert_eq!(world.request(), Some((2, vec![])), "once");
}

#[test]
fn a_batch_that_is_larger_than_the_window_fills_it() {
    let mut world = World::with(Limits { entries: 3, batch: 10, ..LIMITS }, None);
    assert_eq!(world.request(), Some((3, vec![])));
    world.put(&["1"]);
    assert_eq!(world.request(), None, "it is not worth a read while something is ready");
}

#[test]
fn reading_stops_when_the_bytes_are_used_up() {
    let size = delivery("1").message.size();
    let mut world = World::with(Limits { bytes: size * 2, ..LIMITS }, None);
    assert_eq!(world.request(), Some((10, vec![])), "it is not known how large they are");
    world.put(&["1"]);
    assert_eq!(world.request(), Some((1, vec![])), "one more like this fits in");
    world.put(&["2"]);
    assert_eq!(world.request(), None);
    assert_eq!(world.state.enough_room_at(), usize::MAX, "whatever is done may make room");
    let one = world.take("1");
    let two = world.take("2");
    assert_eq!(world.request(), None, "what is handled counts");
    world.settle(one, Settlement::DeadLettered);
    assert_eq!(world.request(), Some((1, vec![])));
    assert_eq!(world.state.enough_room_at(), LIMITS.entries - LIMITS.batch);
    world.settle(two, Settlement::DeadLettered);
}

#[test]
fn the_reader_is_woken_when_there_is_room_for_a_batch_or_nothing_to_do() {
    let mut world = World::with(Limits { entries: 4, batch: 2, ..LIMITS }, None);
    world.put(&["1", "2", "3", "4"]);
    let at_most = world.state.enough_room_at();
    world.state.reader = ReaderPhase::WaitingForRoom { since: world.now, at_most };
    let wakes = ["1", "2", "3"].map(|name| {
        let entry = world.take(name);
        world.settle(entry, Settlement::DeadLettered).reader
    });
    assert_eq!(wakes, [false, true, true]);
    world.state.reader = ReaderPhase::Busy;
    world.put(&["5"]);
    let four = world.take("4");
    assert!(!world.settle(four, Settlement::DeadLettered).reader, "it does not wait");
    let five = world.take("5");
    assert!(!world.settle(five, Settlement::DeadLettered).reader, "it still does not wait");
    world.put(&["6", "7"]);
    world.state.reader = ReaderPhase::WaitingForRoom { since: world.now, at_most: 0 };
    let six = world.take("6");
    assert!(!world.settle(six, Settlement::DeadLettered).reader, "it has no room for a batch");
    world.put(&["8"]);
    let seven = world.take("7");
    assert!(!world.settle(seven, Settlement::DeadLettered).reader);
    world.put(&["9"]);
    let (eight, nine) = (world.take("8"), world.take("9"));
    assert!(world.settle(nine, Settlement::DeadLettered).reader, "nothing is ready");
    world.settle(eight, Settlement::DeadLettered);
}

#[test]
fn a_redelivered_entry_runs_alone_each_time() {
    let mut world = World::new();
    world.put(&["1"]);
    world.put_redelivered(&["2"]);
    world.put(&["3", "4"]);
    let one = world.take("1");
    world.nothing();
    world.settle(one, Settlement::Done);
    let two = world.take("2");
    world.nothing();
    assert!(two.is_suspect());
    world.state.worker_sleeps();
    let wakes = world.settle(two, Settlement::Retry { at: world.now });
    assert!(wakes.worker, "others have waited for it");
    let (three, four) = (world.take("3"), world.take("4"));
    world.due();
    world.nothing();
    assert_eq!(world.state.handled(), 2);
    for entry in [three, four] {
        world.settle(entry, Settlement::Done);
    }
    let two = world.take("2");
    assert!(two.is_suspect(), "the retry may kill the process as well");
    world.settle(two, Settlement::Done);
}

#[test]
fn a_redelivered_entry_waits_for_no_run_that_hangs_and_nobody_for_it() {
    let mut world = World::new();
    world.put(&["1"]);
    world.put_redelivered(&["2", "3"]);
    world.put(&["4", "5"]);
    let hanging = world.take("1");
    world.nothing();
    world.pass(SECOND);
    let suspect = world.take("2");
    world.nothing();
    world.pass(SECOND);
    let four = world.take("4");
    world.settle(four, Settlement::Done);
    let five = world.take("5");
    world.settle(five, Settlement::Done);
    world.nothing();
    world.pass(SECOND * 29);
    let other = world.take("3");
    for entry in [hanging, suspect, other] {
        world.settle(entry, Settlement::Done);
    }
}

#[test]
fn an_entry_that_another_consumer_has_claimed_is_not_begun() {
    let mut world = World::new();
    world.put(&["a:1", "a:2", "a:3", "1", "2"]);
    assert!(world.state.drop_lost(&id("a:2")), "from behind its key");
    assert!(world.state.drop_lost(&id("1")), "from what is ready");
    assert!(!world.state.drop_lost(&id("1")), "once");
    assert!(!world.state.drop_lost(&id("unknown")));
    let first = world.take("a:1");
    assert!(!world.state.drop_lost(&id("a:1")), "a worker has it");
    let two = world.take("2");
    world.retry_in(two, SECOND);
    assert!(world.state.drop_lost(&id("2")), "from what backs off");
    world.pass(SECOND);
    assert!(world.due().is_some_and(|due| !due.are_retries_ready));
    world.settle(first, Settlement::Done);
    assert!(world.state.drop_lost(&id("a:3")), "the first of its key");
    world.nothing();
    assert_eq!(world.state.in_flight(), 0);
    world.put(&["a:4"]);
    world.take("a:4");
}

#[test]
fn when_the_first_of_a_key_is_lost_the_next_one_is_ready() {
    let mut world = World::new();
    world.put(&["a:1", "a:2"]);
    assert!(world.state.drop_lost(&id("a:1")));
    let second = world.take("a:2");
    world.nothing();
    world.settle(second, Settlement::Done);
}

#[test]
fn an_entry_is_known_as_long_as_it_is_in_flight() {
    let mut world = World::new();
    world.put(&["1", "2"]);
    let one = world.take("1");
    assert!(world.state.contains(&id("1")) && world.state.contains(&id("2")));
    assert_eq!(texts(&world.state.entries()), ["1", "2"]);
    world.settle(one, Settlement::Done);
    assert!(!world.state.contains(&id("1")) && world.state.contains(&id("2")));
    assert_eq!(texts(&world.state.entries()), ["2"]);
}

#[test]
fn no_more_entries_are_begun_than_the_quota_allows() {
    let mut world = World::with(LIMITS, Some(2));
    assert_eq!(world.request(), Some((2, vec![])), "no more are read either");
    world.put(&["1", "2", "3"]);
    assert_eq!((world.state.room(), world.request()), (0, None));
    let (one, two) = (world.take("1"), world.take("2"));
    world.nothing();
    world.settle(one, Settlement::Done);
    world.retry_in(two, SECOND);
    world.nothing();
    assert!(world.state.phase.is_running());
    world.pass(SECOND);
    world.due();
    // Its retry is not begun once more.
    world.state.drop_lost(&id("3"));
    let two = world.take("2");
    world.settle(two, Settlement::DeadLettered);
    assert!(matches!(world.state.phase.reason(), Some(End::Complete)));
}

#[test]
fn a_lost_entry_that_was_begun_counts_in_the_quota_and_another_does_not() {
    let mut world = World::with(LIMITS, Some(1));
    world.put(&["1"]);
    assert!(world.state.drop_lost(&id("1")));
    assert!(world.state.phase.is_running());
    world.put(&["2"]);
    let two = world.take("2");
    world.retry_in(two, SECOND);
    assert!(world.state.drop_lost(&id("2")));
    assert!(matches!(world.state.phase.reason(), Some(End::Complete)));
}

#[test]
fn a_lost_entry_that_waits_to_be_alone_counts_in_the_quota() {
    let mut world = World::with(LIMITS, Some(2));
    world.put(&["1"]);
    world.put_redelivered(&["2"]);
    let one = world.take("1");
    world.nothing();
    assert!(world.state.drop_lost(&id("2")), "it was about to begin");
    world.settle(one, Settlement::Done);
    assert!(matches!(world.state.phase.reason(), Some(End::Complete)));
}

#[test]
fn an_attempt_that_could_not_be_settled_is_forgotten_with_its_entry() {
    let mut world = World::new();
    world.put_redelivered(&["1", "2"]);
    for settlement in [Settlement::Done, Settlement::Retry { at: world.now }] {
        let mut entry = world.try_take().expect("it runs alone");
        world.state.attempt_counted(&entry.delivery.entry);
        entry.is_attempt_counted = true;
        world.settle(entry, settlement);
    }
    assert!(world.state.drop_lost(&id("2")));
    assert_eq!(world.state.take_counted(), []);
}

#[test]
fn a_stop_puts_back_what_no_worker_has() {
    let mut world = World::new();
    world.put(&["a:1", "a:2", "1", "2", "3"]);
    let first = world.take("a:1");
    let one = world.take("1");
    let two = world.take("2");
    world.retry_in(one, SECOND);
    world.state.phase.stop();
    world.settle(two, Settlement::Done);
    assert_eq!(texts(&world.state.take_waiting().0), ["a:2", "1", "3"]);
    assert_eq!((world.state.in_flight(), world.state.handled()), (1, 1));
    let wait = |world: &World| world.state.upkeep_wait(SECOND, world.now);
    assert_eq!(wait(&world), Duration::ZERO, "there is something to acknowledge");
    assert_eq!(world.due().map(|due| texts(&due.done)), Some(vec!["2".to_owned()]));
    assert!(wait(&world) > Duration::ZERO, "a receiver still runs");
    assert_eq!(world.due(), Some(Due::default()));
    world.settle(first, Settlement::Done);
    assert_eq!(wait(&world), Duration::ZERO);
    assert_eq!(world.due(), None, "no receiver runs");
    assert_eq!(texts(&world.state.take_done()), ["a:1"], "which is acknowledged at the end");
    assert_eq!(world.state.in_flight(), 0);
}

#[test]
fn what_could_not_be_acknowledged_while_it_stops_is_left_to_the_end() {
    let mut world = World::new();
    world.put(&["1", "2"]);
    let (one, two) = (world.take("1"), world.take("2"));
    world.state.phase.stop();
    world.settle(one, Settlement::Done);
    let done = world.due().expect("a receiver still runs").done;
    world.state.acknowledge_again(done);
    assert!(world.state.upkeep_wait(SECOND, world.now) > Duration::ZERO, "it is not tried again at once");
    assert_eq!(world.due(), Some(Due::default()));
    world.settle(two, Settlement::Done);
    assert_eq!(world.due(), None);
    assert_eq!(texts(&world.state.take_done()), ["1", "2"]);
}

#[test]
fn what_a_worker_could_not_handle_is_put_back_at_the_stop() {
    let mut world = World::new();
    world.put_redelivered(&["1"]);
    let one = world.take("1");
    world.state.give_back(world.workers["1"], one);
    assert_eq!((world.state.in_flight(), world.state.handled()), (1, 0));
    assert_eq!(texts(&world.state.take_waiting().0), ["1"]);
}

#[test]
fn the_first_reason_to_end_is_kept_over_the_stop() {
    let mut world = World::new();
    world.state.phase.end(End::TooManyErrors(3));
    world.state.phase.end(End::Complete);
    assert!(!world.state.phase.is_running() && !world.state.phase.is_stopping());
    world.state.phase.stop();
    world.state.phase.end(End::Complete);
    assert!(world.state.phase.is_stopping());
    assert!(matches!(world.state.phase.take_end(), Some(End::TooManyErrors(3))));
    assert!(world.state.phase.is_stopping() && world.state.phase.take_end().is_none());

    let mut world = World::new();
    world.state.phase.stop();
    assert!(world.state.phase.reason().is_none());
    world.state.phase.end(End::Complete);
    assert!(matches!(world.state.phase.take_end(), Some(End::Complete)));
}

#[test]
fn the_upkeep_acknowledges_when_the_reader_has_waited_for_too_long() {
    let mut world = World::new();
    world.put(&["0", "1", "2", "3"]);
    let zero = world.take("0");
    assert!(!world.settle(zero, Settlement::Done).upkeep, "the reader is about to read");
    assert_eq!(texts(&world.state.take_done()), ["0"]);
    world.state.reader = ReaderPhase::WaitingForEntries { since: world.now };
    let one = world.take("1");
    assert!(world.settle(one, Settlement::Done).upkeep, "it has to look whether the reader takes long");
    let two = world.take("2");
    assert!(!world.settle(two, Settlement::Done).upkeep, "it knows already");
    let wait = world.state.upkeep_wait(SECOND, world.now);
    assert!(Duration::ZERO < wait && wait < SECOND, "{wait:?}");
    assert!(world.due().is_some_and(|due| due.done.is_empty()));
    world.pass(wait);
    assert_eq!(world.state.upkeep_wait(SECOND, world.now), Duration::ZERO);
    let done = world.due().expect("it goes on").done;
    assert_eq!(texts(&done), ["1", "2"]);
    world.state.acknowledge_again(done);
    world.state.reader = ReaderPhase::Busy;
    assert_eq!(world.state.upkeep_wait(SECOND, world.now), SECOND, "the next read acknowledges it");
    let three = world.take("3");
    assert!(!world.settle(three, Settlement::Done).upkeep);
    assert!(world.due().is_some_and(|due| due.done.is_empty()));
    world.state.reader = ReaderPhase::Finished;
    assert_eq!(world.due().map(|due| texts(&due.done)), Some(["1", "2", "3"].map(str::to_owned).to_vec()));
}

#[test]
fn workers_that_sleep_are_woken_one_by_one_and_by_the_upkeep() {
    let mut world = World::new();
    assert_eq!(world.put(&["1"]), Wakes::default(), "none sleeps");
    let one = world.take("1");
    world.state.worker_sleeps();
    world.state.worker_sleeps();
    assert!(world.put(&["2", "3"]).worker);
    assert!(world.due().is_some_and(|due| due.are_workers_late));
    world.state.worker_wakes();
    world.state.worker_wakes();
    assert!(world.due().is_some_and(|due| !due.are_workers_late));
    world.state.worker_sleeps();
    assert!(!world.settle(one, Settlement::Done).worker, "nothing has waited for this one");
    world.put_redelivered(&["4"]);
    world.put(&["5", "6"]);
    world.dead_letter(&["2", "3"]);
    let four = world.take("4");
    assert!(world.due().is_some_and(|due| !due.are_workers_late), "it runs alone");
    assert!(world.settle(four, Settlement::Done).worker, "the others have waited for this one");
}

/// A window, and a store that has events of one key.
struct OneKey {
    state: State,
    store: BTreeSet<u64>,
    circuit: CircuitId,
    now: Instant,
}

impl OneKey {
    fn new(numbers: &[u64]) -> Self {
        let circuits = Arc::new(Circuits::default());
        let circuit = circuits.of("tests::receiver");
        let limits = ParkingLimits { events: 100, bytes: u64::MAX };
        let state = State::new(LIMITS, 4, circuits, None, Some(limits));
        let mut one_key = Self { state, store: BTreeSet::new(), circuit, now: Instant::now() };
        one_key.take_in(numbers, Found::AtStart);
        one_key
    }

    /// The store has these, and they are found there.
    fn take_in(&mut self, numbers: &[u64], found: Found) {
        self.store.extend(numbers);
        let event = |number: &u64| {
            let receiver = ParkedReceiver::new(0, self.circuit, Failures::default());
            let key = delivery("k:0").message.key_hash();
            let parked = Parked::new(ParkedId::new(*number), (key, 10), vec![receiver], Vec::new());
            (parked, vec![SECOND])
        };
        self.state.take_in_parked(numbers.iter().map(event).collect(), found);
    }

    /// Takes out the one event that is to be fetched.
    fn fetch(&mut self) -> (u64, Fetches) {
        self.try_fetch().expect("something is to be fetched")
    }

    fn try_fetch(&mut self) -> Option<(u64, Fetches)> {
        let Job::Fetch(fetches) = self.state.take(1, self.now)? else { panic!("nothing is in flight") };
        let numbers: Vec<_> = fetches.events.iter().map(|fetch| fetch.parked.id.number()).collect();
        let [number] = numbers[..] else { panic!("{numbers:?} were fetched") };
        Some((number, fetches))
    }

    /// The store had it: it is in flight, runs, and fails.
    fn failed(&mut self, fetches: Fetches) {
        let [fetch] = &fetches.events[..] else { panic!("one event is fetched") };
        let delivery = delivery(&format!("k:{}", fetch.parked.id));
        let receivers = vec![ReceiverProgress::Open(self.circuit, Failures::default())];
        let event = Arc::clone(&EVENT);
        let progress = EventProgress { event, receivers, calls: Vec::new(), is_lost: false, is_error: false };
        let entry = Entry::of_store(delivery, &fetch.parked, progress);
        self.state.fetched(1, fetches, vec![Fetched::Entry(Box::new(entry))], self.now);
        let Some(Job::Share(share)) = self.state.take(1, self.now) else { panic!("it does not run") };
        let end = ShareEnd::Failed { wait: Wait::Tried(self.now), effect: Effect::default() };
        assert!(self.state.end_share(1, &share, share.failures.clone(), end, self.now).is_none());
    }

    /// The entries that go back to the store.
    fn put_back(&mut self) -> Vec<EntryId> {
        self.now += SECOND;
        let write = self.state.take_store_write(10, self.now);
        write.into_iter().flat_map(|write| write.waiting).map(|entry| entry.delivery.entry.clone()).collect()
    }

    /// The store did not have it.
    fn gone(&mut self, fetches: Fetches) {
        self.state.fetched(1, fetches, vec![Fetched::Gone], self.now);
    }

    /// Lists the store, if that is due.
    fn list(&mut self) {
        let Some(doubtful) = self.state.parking.take_list_due() else { return };
        self.take_in(&self.store.iter().copied().collect::<Vec<_>>(), Found::Later);
        let gone = doubtful.iter().copied().filter(|id| !self.store.contains(&id.number())).collect();
        self.state.listed(&doubtful, &gone);
    }

    fn known(&self) -> usize {
        self.state.parking.events()
    }

    /// The order in which everything is fetched; each of it was dropped from the store before.
    fn drain(&mut self) -> Vec<u64> {
        let mut order = Vec::new();
        while self.known() > 0 {
            self.state.due(self.now);
            let (number, fetches) = self.fetch();
            self.store.remove(&number);
            self.gone(fetches);
            self.list();
            order.push(number);
        }
        order
    }
}

/// Others have claimed it for a while, and it is claimed back.
#[test]
fn a_parked_event_that_is_known_is_not_taken_in_twice() {
    let mut key = OneKey::new(&[1, 2]);
    key.take_in(&[1, 2, 3], Found::Later);
    assert_eq!(key.known(), 3);
    let (number, fetches) = key.fetch();
    key.take_in(&[1, 2, 3, 4], Found::Later);
    assert_eq!((number, key.known()), (1, 4));
    key.store.remove(&1);
    key.gone(fetches);
    assert_eq!(key.drain(), [1, 2, 3, 4]);
}

#[test]
fn a_parked_event_that_is_claimed_back_while_it_is_fetched_keeps_its_place() {
    let mut key = OneKey::new(&[1, 2]);
    let (number, fetches) = key.fetch();
    assert_eq!(number, 1);
    // Another consumer had it when its start was written, and has released it since.
    key.take_in(&[1, 2], Found::Later);
    key.gone(fetches);
    assert_eq!(key.drain(), [1, 2]);
}

#[test]
fn when_a_parked_event_is_gone_those_behind_it_wait_until_the_store_is_listed() {
    let mut key = OneKey::new(&[1, 2, 3]);
    let (number, fetches) = key.fetch();
    assert_eq!(number, 1);
    key.gone(fetches);
    assert!(key.try_fetch().is_none(), "it may be back");
    // It was claimed back in between, and the second one was not.
    key.store.remove(&2);
    key.list();
    assert_eq!((key.known(), key.drain()), (2, vec![1, 3]));
}

#[test]
fn an_event_in_flight_that_was_doubtful_can_go_back_to_the_store() {
    let mut key = OneKey::new(&[2]);
    let (_, fetches) = key.fetch();
    key.failed(fetches);
    // Another consumer had the first one. It is claimed, and gone again.
    key.take_in(&[1], Found::Later);
    let (number, fetches) = key.fetch();
    assert_eq!(number, 1);
    key.store.remove(&1);
    key.gone(fetches);
    assert_eq!(key.put_back(), [], "it may be gone as well");
    key.list();
    assert_eq!(key.known(), 1);
    assert_eq!(key.put_back(), [EntryId::new("k:2")]);
}

#[test]
fn what_is_doubtful_when_the_consumer_stops_stays_in_the_store() {
    let mut key = OneKey::new(&[1, 2, 3]);
    let (_, fetches) = key.fetch();
    key.gone(fetches);
    let (released, put_back) = key.state.take_waiting();
    assert!(released.is_empty() && put_back.is_empty());
    assert_eq!(key.known(), 2);
}

#[test]
fn a_topic_is_read_slowly_while_no_receiver_works() {
    let circuits = Arc::new(Circuits::default());
    let parking = ParkingLimits { events: 1000, bytes: u64::MAX };
    let mut state = State::new(LIMITS, 4, Arc::clone(&circuits), None, Some(parking));
    state.has_seen(100);
    let start = Instant::now();
    let read = |state: &mut State, now| state.read_request(now).map(|request| request.max);
    state.runs.start(0, ("bad", &Cow::Borrowed("bad")), None, start);
    assert_eq!([read(&mut state, start), read(&mut state, start)], [Some(10); 2]);

    let rules = Rules { retry: RetryPolicy::new(), outage_limit: SECOND * 3600, max_in_flight: 100 };
    for _ in 0..20 {
        let mut event = Failures::default();
        circuits.failed("bad", &mut event, (FailureKind::Transient.into(), "down"), &rules, start, 0.5);
    }
    assert!(circuits.is_open(circuits.of("bad")));
    (0..9).for_each(|_| state.parking.was_of_use(false));
    assert_eq!(state.standstill(), None, "a batch of which no receiver had any use");
    state.parking.was_of_use(false);
    assert_eq!(state.standstill(), Some(Standstill::NoReceiverWorks));
    let reads = [0, 1, 999, 1000, 1500, 2000].map(|millis| read(&mut state, start + SECOND * millis / 1000));
    assert_eq!(reads, [Some(10), None, None, Some(10), None, Some(10)], "a batch in a second");

    state.runs.start(1, ("good", &Cow::Borrowed("good")), None, start);
    assert_eq!(state.standstill(), None);
    assert_eq!([read(&mut state, start), read(&mut state, start)], [Some(10); 2]);
}

/// Whatever happens: each entry ends once, those of a key in their order and never two at a time, and nothing is stuck.
#[test]
fn random_histories() {
    for seed in 0..300 {
        let mut history = History::new(seed);
        for _ in 0..600 {
            history.step();
            history.check();
        }
        history.finish();
    }
}

/// A window to which anything happens, and what is expected of it.
struct History {
    world: World,
    random: fastrand::Rng,
    read: usize,
    handled: Vec<Entry>,
    /// The entries of each key that have not ended, in their order.
    open: BTreeMap<String, VecDeque<String>>,
    /// How often each entry has ended.
    ended: BTreeMap<String, u32>,
}

impl History {
    const LIMIT: usize = 20;

    fn new(seed: u64) -> Self {
        Self {
            world: World::with(Limits { entries: Self::LIMIT, batch: 5, ..LIMITS }, None),
            random: fastrand::Rng::with_seed(seed),
            read: 0,
            handled: Vec::new(),
            open: BTreeMap::new(),
            ended: BTreeMap::new(),
        }
    }

    fn step(&mut self) {
        match self.random.u8(0..40) {
            0..12 => self.read(),
            12..24 => self.handled.extend(self.world.try_take().map(|entry| *entry)),
            24..34 => self.settle(),
            34..39 => self.pass(),
            _ => self.lose(),
        }
    }

    fn read(&mut self) {
        let max = self.world.request().map_or(0, |(max, _)| max);
        for _ in 0..self.random.usize(0..=max) {
            self.read += 1;
            let name = match self.random.u8(0..6) {
                0 => self.read.to_string(),
                key => format!("{key}:{}", self.read),
            };
            if let Some(key) = key_of(&name) {
                self.open.entry(key.to_owned()).or_default().push_back(name.clone());
            }
            self.world.put_with(&[&name], self.random.u8(0..8) == 0);
        }
    }

    fn settle(&mut self) {
        if self.handled.is_empty() {
            return;
        }
        let entry = self.handled.swap_remove(self.random.usize(0..self.handled.len()));
        let settlement = match self.random.u8(0..4) {
            0 => Settlement::Retry { at: self.world.now + SECOND * self.random.u32(0..5) },
            1 => Settlement::DeadLettered,
            _ => Settlement::Done,
        };
        if !matches!(settlement, Settlement::Retry { .. }) {
            let name = entry.delivery.entry.as_str();
            if let Some(open) = key_of(name).and_then(|key| self.open.get_mut(key)) {
                assert_eq!(open.pop_front().as_deref(), Some(name), "out of order");
            }
            *self.ended.entry(name.to_owned()).or_default() += 1;
        }
        self.world.settle(Box::new(entry), settlement);
    }

    fn pass(&mut self) {
        self.world.pass(SECOND);
        self.world.due();
    }

    /// Another consumer claims an entry.
    fn lose(&mut self) {
        let all = self.world.state.entries();
        let Some(lost) = self.random.choice(&all) else { return };
        let is_handled = self.handled.iter().any(|entry| entry.delivery.entry == *lost);
        assert_eq!(self.world.state.drop_lost(lost), !is_handled);
        if is_handled {
            return;
        }
        let name = lost.as_str();
        if let Some(open) = key_of(name).and_then(|key| self.open.get_mut(key)) {
            open.retain(|each| each != name);
        }
        *self.ended.entry(name.to_owned()).or_default() += 1;
    }

    fn check(&self) {
        let keys: Vec<_> =
            self.handled.iter().filter_map(|entry| key_of(entry.delivery.entry.as_str())).collect();
        let different: BTreeSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len(), "two entries of a key at a time");
        let state = &self.world.state;
        assert_eq!(state.handled(), self.handled.len());
        assert_eq!(state.in_flight(), self.read - self.ended.len());
        assert!(state.in_flight() <= Self::LIMIT, "{} in flight", state.in_flight());
    }

    /// Whatever is left can be done.
    fn finish(mut self) {
        for _ in 0..10 * Self::LIMIT {
            self.pass();
            self.handled.extend(self.world.try_take().map(|entry| *entry));
            for entry in self.handled.drain(..) {
                *self.ended.entry(entry.delivery.entry.to_string()).or_default() += 1;
                self.world.settle(Box::new(entry), Settlement::Done);
            }
        }
        assert_eq!(self.world.state.in_flight(), 0, "entries are stuck");
        assert_eq!(self.ended.len(), self.read, "an entry was lost");
        assert!(self.ended.values().all(|times| *times == 1), "{:?}", self.ended);
    }
}
