//! Events that wait for one receiver: [`Lanes`].

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::shares::Shares;
use crate::bus::contract::ParkedId;
use crate::random;

/// The events of a topic that wait for one receiver, in the order of their keys.
///
/// A lane has the events of one key; an event without a key has a lane of its own. Only the first event of a lane may run. It
/// waits for its backoff, and is then ready; or, if the receiver does not seem to work, it waits to be picked.
#[derive(Debug)]
pub(super) struct Lanes {
    by_key: HashMap<LaneKey, Lane>,
    /// The number of events.
    len: usize,
    /// The lanes to pick from: those whose first event was fetched from the store and comes next, those whose first event has
    /// never run, and the others.
    fetched: VecDeque<LaneKey>,
    /// Those that are being fetched: nothing else is fetched meanwhile.
    fetching: Vec<LaneKey>,
    untried: VecDeque<LaneKey>,
    tried: VecDeque<LaneKey>,
    /// The number of events that were picked and run.
    running: usize,
    /// The maximum of these.
    width: usize,
    /// How many picked ones have failed in a row.
    failures: u32,
    /// When the next one may be picked.
    next: Option<Instant>,
    /// How many may end at once that have waited for too long.
    pace: usize,
    /// How long an event waits at most.
    outage_limit: Duration,
}

/// What keeps its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::bus::consume) enum LaneKey {
    /// The [hash](crate::bus::Message::key_hash) of a key.
    Key(u64),
    /// The event of this slot alone.
    Slot(usize),
}

/// One receiver of one event in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bus::consume) struct ShareId {
    /// The slot of the entry.
    pub(in crate::bus::consume) slot: usize,
    /// The number of the receiver among those of the event.
    pub(in crate::bus::consume) number: usize,
}

#[derive(Debug)]
struct Lane {
    shares: Shares,
    first: First,
    /// It waits for a receiver that does not seem to work: its events are picked, one lane after the other.
    is_waiting: bool,
}

/// What becomes of the first event of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// It waits for this time.
    BackingOff(Instant),
    /// It is among those that a worker takes next.
    Ready,
    /// It waits to be picked.
    Waiting,
    Running {
        was_picked: bool,
    },
}

/// How a share waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bus::consume) enum Wait {
    /// For its backoff, until this time.
    Backoff(Instant),
    /// For the receiver to work: it has not run yet.
    Untried,
    /// For the receiver to work, and until this time at least.
    Tried(Instant),
}

/// What is to be done for the first event of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is ready for a worker.
    Ready,
    /// It is ready at this time.
    At(Instant),
    /// It is picked some time.
    Later,
    /// There is none.
    Nothing,
}

/// This many picked events that fail in a row are picked without a backoff in between.
const WITHOUT_BACKOFF: u32 = 5;
/// The backoff after the next one, which doubles with each further one. It is no longer than the one that failed waits itself.
const INITIAL_BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(10);
/// The maximum number of events that end at once when they have waited for too long.
const MAX_PACE: usize = 1000;

impl Lanes {
    pub(super) fn new(outage_limit: Duration) -> Self {
        Self {
            by_key: HashMap::new(),
            len: 0,
            fetched: VecDeque::new(),
            fetching: Vec::new(),
            untried: VecDeque::new(),
            tried: VecDeque::new(),
            running: 0,
            width: 1,
            failures: 0,
            next: None,
            pace: 1,
            outage_limit,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(super) fn has(&self, key: &LaneKey) -> bool {
        self.by_key.contains_key(key)
    }

    /// The number of events.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The events of a lane, in their order.
    pub(super) fn of(&self, key: &LaneKey) -> impl Iterator<Item = ShareId> {
        self.by_key.get(key).into_iter().flat_map(|lane| lane.shares.iter())
    }

    /// All events.
    pub(super) fn shares(&self) -> impl Iterator<Item = ShareId> {
        self.by_key.values().flat_map(|lane| lane.shares.iter())
    }

    /// Adds an event behind those of its key.
    pub(super) fn push(&mut self, key: LaneKey, share: ShareId, wait: Wait) -> Next {
        self.len += 1;
        if let Some(lane) = self.by_key.get_mut(&key) {
            lane.shares.push_back(share);
            return Next::Later;
        }
        let is_waiting = wait == Wait::Untried;
        let lane = Lane { shares: Shares::One(share), first: First::Waiting, is_waiting };
        self.by_key.insert(key, lane);
        if is_waiting {
            self.untried.push_back(key);
            return Next::Later;
        }
        self.waits(&key, wait)
    }

    /// An event that was parked is before those of its key that were parked later or were not, but for one that runs. `parked` tells
    /// which those are.
    pub(super) fn push_parked(
        &mut self,
        key: LaneKey,
        share: ShareId,
        id: ParkedId,
        parked: impl Fn(ShareId) -> Option<ParkedId>,
    ) {
        let Some(lane) = self.by_key.get_mut(&key) else {
            self.push(key, share, Wait::Untried);
            return;
        };
        self.len += 1;
        let is_before = |each: &ShareId| parked(*each).is_some_and(|each| each < id);
        // Many of a key may be found at once.
        if lane.shares.back().is_some_and(|last| is_before(&last)) {
            lane.shares.push_back(share);
            return;
        }
        let running = usize::from(matches!(lane.first, First::Running { .. }));
        let last = lane.shares.iter().enumerate().filter(|(_, each)| is_before(each)).last();
        let index = last.map_or(0, |(index, _)| index + 1).max(running);
        lane.shares.insert(index, share);
        // What was the first one is being parked, or waits.
        if index == 0 {
            lane.is_waiting = true;
            lane.first = First::Waiting;
            self.untried.push_back(key);
        }
    }

    /// The first event of a lane waits, or waits again.
    fn waits(&mut self, key: &LaneKey, wait: Wait) -> Next {
        let Some(lane) = self.by_key.get_mut(key) else { return Next::Nothing };
        match wait {
            Wait::Backoff(at) | Wait::Tried(at) => {
                lane.is_waiting |= matches!(wait, Wait::Tried(_));
                lane.first = First::BackingOff(at);
                Next::At(at)
            }
            Wait::Untried => {
                self.hold(key);
                Next::Later
            }
        }
    }

    /// The backoff of the first event of a lane is over, if this was its time.
    pub(super) fn backoff_is_over(&mut self, key: &LaneKey, at: Instant) -> Next {
        let Some(lane) = self.by_key.get_mut(key).filter(|lane| lane.first == First::BackingOff(at)) else {
            return Next::Nothing;
        };
        if lane.is_waiting {
            lane.first = First::Waiting;
            self.tried.push_back(*key);
            return Next::Later;
        }
        lane.first = First::Ready;
        Next::Ready
    }

    /// The first event of a lane, if it is ready.
    pub(super) fn ready(&self, key: &LaneKey) -> Option<ShareId> {
        let lane = self.by_key.get(key).filter(|lane| lane.first == First::Ready)?;
        lane.shares.front()
    }

    /// The first event of a lane is not to run now, as the receiver does not seem to work.
    pub(super) fn hold(&mut self, key: &LaneKey) {
        if let Some(lane) = self.by_key.get_mut(key) {
            lane.is_waiting = true;
            lane.first = First::Waiting;
            self.tried.push_back(*key);
        }
    }

    /// Whether the first event of a lane was picked and runs.
    pub(super) fn is_picked(&self, key: &LaneKey) -> bool {
        self.by_key.get(key).is_some_and(|lane| lane.first == First::Running { was_picked: true })
    }

    /// A lane that is ready runs.
    pub(super) fn begin(&mut self, key: &LaneKey) {
        if let Some(lane) = self.by_key.get_mut(key) {
            lane.first = First::Running { was_picked: false };
        }
    }

    /// Nothing backs off any more: the receiver does not work, and each event may be the one that finds out when it does.
    pub(super) fn hold_all(&mut self) {
        for (key, lane) in &mut self.by_key {
            if matches!(lane.first, First::BackingOff(_)) {
                lane.first = First::Waiting;
                self.tried.push_back(*key);
            }
            lane.is_waiting |= !matches!(lane.first, First::Running { .. });
        }
    }

    /// When the next event may be picked, unless that is now.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Whether [`pick`](Self::pick) may find something.
    pub(super) fn may_pick(&self, is_probe: bool, max: usize, now: Instant) -> bool {
        let is_in_time = is_probe || self.next.is_none_or(|next| next <= now);
        let is_empty = self.fetched.is_empty() && (!self.fetching.is_empty() || self.are_lines_empty());
        is_in_time && (is_probe || self.running < self.width.min(max)) && !is_empty
    }

    fn are_lines_empty(&self) -> bool {
        self.untried.is_empty() && self.tried.is_empty()
    }

    /// Whether events were fetched that have not been picked yet.
    pub(super) fn has_fetched(&self) -> bool {
        !self.fetched.is_empty()
    }

    /// Picks the next event to run, at most `max` at once. It is to be [fetched](Self::fetch) first if it is parked.
    pub(super) fn pick(&mut self, is_probe: bool, max: usize, now: Instant) -> Option<(LaneKey, ShareId)> {
        if !self.may_pick(is_probe, max, now) {
            return None;
        }
        let (key, share) = self.next_waiting(is_probe)?;
        if let Some(lane) = self.by_key.get_mut(&key) {
            lane.first = First::Running { was_picked: true };
        }
        self.running += 1;
        Some((key, share))
    }

    /// Takes the next lane whose first event waits out of its line. What was fetched comes first.
    fn next_waiting(&mut self, is_probe: bool) -> Option<(LaneKey, ShareId)> {
        while let Some(key) = self.fetched.pop_front() {
            if let Some(share) = self.waiting(&key) {
                return Some((key, share));
            }
        }
        self.next_of_lines(is_probe)
    }

    /// The same of what was not fetched. New ones come first, three times of four; after a failure, and to probe, it is any, so
    /// that events that always fail do not keep others from being tried.
    fn next_of_lines(&mut self, is_probe: bool) -> Option<(LaneKey, ShareId)> {
        let is_any = is_probe || self.failures > 0;
        while !self.are_lines_empty() {
            let line = if is_probe {
                let number = random::index(self.untried.len() + self.tried.len());
                if number < self.untried.len() { &mut self.untried } else { &mut self.tried }
            } else if self.tried.is_empty() || (!self.untried.is_empty() && random::index(4) < 3) {
                &mut self.untried
            } else {
                &mut self.tried
            };
            let index = if is_any { random::index(line.len()) } else { 0 };
            let key = if index == 0 { line.pop_front() } else { line.swap_remove_back(index) }?;
            if let Some(share) = self.waiting(&key) {
                return Some((key, share));
            }
        }
        None
    }

    /// The first event of a lane, if it waits to be picked. Its lane may be gone, or may have been picked already.
    fn waiting(&self, key: &LaneKey) -> Option<ShareId> {
        self.by_key.get(key).filter(|lane| lane.first == First::Waiting)?.shares.front()
    }

    /// Whether the first event of a lane was fetched and is not picked next, while events are picked with a backoff in between, or
    /// `must_give_way` to others.
    pub(super) fn is_fetched_in_vain(&self, key: &LaneKey, must_give_way: bool) -> bool {
        (must_give_way || self.failures >= WITHOUT_BACKOFF) && !self.fetched.contains(key)
    }

    /// How many events may be fetched at once: as many as may run, and more when that many were done.
    pub(super) fn fetch_max(&self, workers: usize, ahead: usize) -> usize {
        if self.runs_at_full_width(workers) { ahead } else { self.width }
    }

    fn runs_at_full_width(&self, workers: usize) -> bool {
        self.width >= workers && self.failures == 0
    }

    /// Whether the next ones are to be fetched while what was fetched runs, as fewer than this number are left.
    pub(super) fn is_running_out(&self, workers: usize, few: usize) -> bool {
        let may_fetch = self.fetching.is_empty() && !self.are_lines_empty();
        may_fetch && self.runs_at_full_width(workers) && (1..few).contains(&self.fetched.len())
    }

    pub(super) fn is_fetching(&self) -> bool {
        !self.fetching.is_empty()
    }

    /// Chooses events to fetch: the first event of a lane that was picked, if one was, and others, at most `max` in all. They are
    /// picked next, as soon as they are there. Returns those of them for which `is_parked` holds.
    pub(super) fn fetch(
        &mut self,
        picked: Option<(LaneKey, ShareId)>,
        max: usize,
        mut is_parked: impl FnMut(ShareId) -> bool,
    ) -> Vec<ShareId> {
        if let Some((key, _)) = &picked {
            self.finish(key);
            if let Some(lane) = self.by_key.get_mut(key) {
                lane.first = First::Waiting;
            }
        }
        let (mut shares, mut count) = (Vec::new(), 0);
        let mut next = picked.or_else(|| self.next_of_lines(false));
        while let Some((key, share)) = next {
            if is_parked(share) {
                shares.push(share);
                self.fetching.push(key);
            } else {
                self.fetched.push_back(key);
            }
            count += 1;
            next = if count < max { self.next_of_lines(false) } else { None };
        }
        shares
    }

    /// What was to be fetched is there, or is not.
    pub(super) fn fetch_returned(&mut self) {
        self.fetched.extend(self.fetching.drain(..));
    }

    /// The first event of a lane was picked and is not to run after all: it waits as before.
    pub(super) fn put_back(&mut self, key: &LaneKey) {
        self.finish(key);
        self.hold(key);
    }

    /// The first event of a lane was picked, and runs as soon as it may run alone.
    pub(super) fn make_ready(&mut self, key: &LaneKey) {
        self.finish(key);
        if let Some(lane) = self.by_key.get_mut(key) {
            lane.first = First::Ready;
        }
    }

    /// The first event of a lane waits, until this time at least.
    pub(super) fn delay(&mut self, key: &LaneKey, share: ShareId, at: Instant) -> Next {
        let is_first = self.by_key.get(key).is_some_and(|lane| lane.shares.front() == Some(share));
        if is_first { self.waits(key, Wait::Tried(at)) } else { Next::Later }
    }

    /// Whether an event may be parked: it waits for the receiver to work, behind others only that are parked.
    pub(super) fn may_park(&self, key: &LaneKey, share: ShareId, is_ahead: impl Fn(ShareId) -> bool) -> bool {
        let Some(lane) = self.by_key.get(key) else { return false };
        let is_idle = matches!(lane.first, First::Waiting | First::BackingOff(_));
        let is_first = lane.shares.front() == Some(share);
        let mut before = lane.shares.iter().take_while(|each| *each != share);
        lane.is_waiting && (is_idle || !is_first) && before.all(is_ahead)
    }

    /// The run of the first event of a lane has failed; it waits again. After a probe the circuit knows when the next one runs.
    pub(super) fn failed(&mut self, key: &LaneKey, wait: Wait, was_probe: bool, now: Instant) -> Next {
        // From now on any event is next, and not what stood side by side with the one that failed.
        while let Some(fetched) = self.fetched.pop_back() {
            self.untried.push_front(fetched);
        }
        if self.finish(key) && !was_probe {
            self.failures = self.failures.saturating_add(1);
            self.width = 1;
            if let Some(doublings) = self.failures.checked_sub(WITHOUT_BACKOFF) {
                let backoff = INITIAL_BACKOFF.saturating_mul(1 << doublings.min(16)).min(MAX_BACKOFF);
                self.next = Some(match wait {
                    Wait::Backoff(at) | Wait::Tried(at) => at.min(now + backoff),
                    Wait::Untried => now + backoff,
                });
            }
        }
        self.waits(key, wait)
    }

    /// The first event of a lane has ended: the one behind it is the first now.
    pub(super) fn ended(&mut self, key: &LaneKey, has_succeeded: bool, workers: usize) -> Next {
        let was_picked = self.finish(key);
        if has_succeeded {
            self.pace = 1;
            if was_picked {
                self.failures = 0;
                self.next = None;
                self.width = self.width.saturating_mul(2).min(workers);
            }
        }
        if let Some(lane) = self.by_key.get_mut(key) {
            self.len -= usize::from(lane.shares.pop_front().is_some());
        }
        self.advance(key)
    }

    /// The receiver works again: its events run one at a time at first.
    pub(super) fn works_again(&mut self) {
        (self.width, self.failures, self.next, self.pace) = (1, 0, None, 1);
    }

    /// Removes an event that no worker has.
    pub(super) fn remove(&mut self, key: &LaneKey, share: ShareId) -> Next {
        let Some(lane) = self.by_key.get_mut(key) else { return Next::Nothing };
        let was_first = lane.shares.front() == Some(share);
        self.len -= usize::from(lane.shares.remove(share));
        if was_first { self.advance(key) } else { Next::Later }
    }

    /// Those that have waited for too long, oldest first, as many as may end now: they are ready.
    pub(super) fn expire(
        &mut self,
        now: Instant,
        since: impl Fn(ShareId) -> Option<Instant>,
    ) -> Vec<(LaneKey, ShareId)> {
        let mut late: Vec<_> = self
            .by_key
            .iter()
            .filter(|(_, lane)| {
                lane.is_waiting && matches!(lane.first, First::Waiting | First::BackingOff(_))
            })
            .filter_map(|(key, lane)| {
                let share = lane.shares.front()?;
                let since = since(share)?;
                let is_late = now.saturating_duration_since(since) >= self.outage_limit;
                is_late.then_some((since, *key, share))
            })
            .collect();
        late.sort_unstable_by_key(|(since, _, share)| (*since, share.slot));
        late.truncate(self.pace);
        if !late.is_empty() {
            self.pace = self.pace.saturating_mul(2).min(MAX_PACE);
        }
        for (_, key, _) in &late {
            if let Some(lane) = self.by_key.get_mut(key) {
                lane.first = First::Ready;
            }
        }
        late.into_iter().map(|(_, key, share)| (key, share)).collect()
    }

    /// The first event of a lane may have changed.
    fn advance(&mut self, key: &LaneKey) -> Next {
        let Some(lane) = self.by_key.get_mut(key) else { return Next::Nothing };
        if lane.shares.is_empty() {
            self.by_key.remove(key);
            return Next::Nothing;
        }
        if lane.is_waiting {
            lane.first = First::Waiting;
            self.untried.push_back(*key);
            return Next::Later;
        }
        lane.first = First::Ready;
        Next::Ready
    }

    /// The run of the first event of a lane is over. Returns whether it was picked.
    fn finish(&mut self, key: &LaneKey) -> bool {
        let was_picked = self.is_picked(key);
        self.running -= usize::from(was_picked);
        was_picked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn key(name: &str) -> LaneKey {
        LaneKey::Key(name.bytes().map(u64::from).sum())
    }

    fn share(slot: usize) -> ShareId {
        ShareId { slot, number: 0 }
    }

    fn lanes() -> Lanes {
        Lanes::new(SECOND * 60)
    }

    #[test]
    fn a_key_keeps_its_order() {
        let (mut lanes, now) = (lanes(), Instant::now());
        assert_eq!(lanes.push(key("a"), share(1), Wait::Backoff(now)), Next::At(now));
        assert_eq!(lanes.push(key("a"), share(2), Wait::Backoff(now)), Next::Later, "behind the first");
        assert_eq!(lanes.backoff_is_over(&key("a"), now + SECOND), Next::Nothing, "another time");
        assert_eq!(lanes.backoff_is_over(&key("a"), now), Next::Ready);
        assert_eq!(lanes.ready(&key("a")), Some(share(1)));
        lanes.begin(&key("a"));
        assert_eq!(lanes.ready(&key("a")), None);
        assert_eq!(lanes.ended(&key("a"), true, 4), Next::Ready);
        assert_eq!(lanes.ready(&key("a")), Some(share(2)));
        assert_eq!(lanes.ended(&key("a"), true, 4), Next::Nothing);
        assert!(lanes.is_empty());
    }

    #[test]
    fn an_event_that_was_parked_is_before_what_does_not_run_yet() {
        let (mut lanes, now) = (lanes(), Instant::now());
        let id = ParkedId::new;
        let parked = |each: ShareId| (each.slot > 2).then(|| id(each.slot as u64));
        lanes.push(key("a"), share(1), Wait::Backoff(now));
        lanes.push(key("a"), share(2), Wait::Backoff(now));
        lanes.push_parked(key("a"), share(3), id(3), parked);
        let (picked, first) = lanes.pick(false, 4, now).expect("it waits");
        assert_eq!((picked, first), (key("a"), share(3)));
        lanes.push_parked(key("a"), share(4), id(4), parked);
        lanes.ended(&key("a"), true, 4);
        assert_eq!(lanes.pick(false, 4, now), Some((key("a"), share(4))));
        lanes.ended(&key("a"), true, 4);
        assert_eq!(lanes.pick(false, 4, now), Some((key("a"), share(1))));
        lanes.push_parked(key("a"), share(5), id(5), parked);
        lanes.push_parked(key("a"), share(6), id(6), parked);
        lanes.ended(&key("a"), true, 4);
        let rest: Vec<_> = lanes.shares().collect();
        assert_eq!(rest, [share(5), share(6), share(2)], "what ran has ended, and nothing else");
    }

    #[test]
    fn events_that_were_parked_keep_their_order() {
        let (mut lanes, now) = (lanes(), Instant::now());
        let id = ParkedId::new;
        let parked = |each: ShareId| Some(id(each.slot as u64));
        for slot in [4, 2, 5] {
            lanes.push_parked(key("a"), share(slot), id(slot as u64), parked);
        }
        assert_eq!(lanes.pick(false, 4, now), Some((key("a"), share(2))));
        for slot in [1, 3] {
            lanes.push_parked(key("a"), share(slot), id(slot as u64), parked);
        }
        let slots: Vec<_> = lanes.shares().map(|share| share.slot).collect();
        assert_eq!(slots, [2, 1, 3, 4, 5], "one runs already");
    }

    #[test]
    fn more_run_at_once_with_each_success_and_one_after_a_failure() {
        let (mut lanes, now) = (lanes(), Instant::now());
        for slot in 0..20 {
            lanes.push(LaneKey::Slot(slot), share(slot), Wait::Untried);
        }
        let pick = |lanes: &mut Lanes| -> Vec<LaneKey> {
            std::iter::from_fn(|| lanes.pick(false, 4, now)).map(|(key, _)| key).collect()
        };
        let mut running = Vec::new();
        for width in [1, 2, 4, 4] {
            running.extend(pick(&mut lanes));
            assert_eq!(running.len(), width);
            let key = running.pop().expect("one runs");
            lanes.ended(&key, true, 4);
        }
        running.extend(pick(&mut lanes));
        let failed = running.pop().expect("one runs");
        lanes.failed(&failed, Wait::Tried(now), false, now);
        assert!(pick(&mut lanes).is_empty(), "three run still");
        for key in running.drain(..) {
            lanes.failed(&key, Wait::Tried(now), false, now);
        }
        assert_eq!(pick(&mut lanes).len(), 1);
    }

    #[test]
    fn after_five_failures_in_a_row_the_backoff_grows() {
        let (mut lanes, mut now) = (lanes(), Instant::now());
        lanes.push(key("a"), share(1), Wait::Untried);
        let mut backoffs = Vec::new();
        for _ in 0..12 {
            let started = now;
            while lanes.pick(false, 4, now).is_none() {
                now += Duration::from_millis(100);
            }
            backoffs.push((now - started).as_millis());
            let at = now + SECOND * 60;
            lanes.failed(&key("a"), Wait::Tried(at), false, now);
            lanes.backoff_is_over(&key("a"), at);
        }
        assert_eq!(backoffs, [0, 0, 0, 0, 0, 200, 400, 800, 1600, 3200, 6400, 10_000]);
        lanes.works_again();
        assert!(lanes.pick(false, 4, now).is_some(), "it works again");
    }

    #[test]
    fn others_wait_no_longer_than_the_one_that_failed() {
        let (mut lanes, now) = (lanes(), Instant::now());
        for slot in 0..20 {
            lanes.push(LaneKey::Slot(slot), share(slot), Wait::Untried);
        }
        let backoff = Duration::from_millis(150);
        let mut at = now;
        for _ in 0..20 {
            let (key, _) = lanes.pick(false, 4, at).expect("one that was not tried");
            lanes.failed(&key, Wait::Tried(at + backoff), false, at);
            at += backoff;
        }
    }

    #[test]
    fn a_probe_is_any_that_waits() {
        let now = Instant::now();
        let mut probed = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let mut lanes = lanes();
            lanes.push(key("untried"), share(1), Wait::Untried);
            lanes.push(key("tried"), share(2), Wait::Backoff(now + SECOND * 30));
            lanes.hold_all();
            probed.extend(lanes.pick(true, 4, now).map(|(_, share)| share.slot));
        }
        assert_eq!(probed, [1, 2].into(), "those that back off, too");
    }

    #[test]
    fn after_a_failure_any_event_is_next_and_not_what_was_fetched() {
        let (mut lanes, now) = (lanes(), Instant::now());
        for slot in 0..1000 {
            lanes.push(LaneKey::Slot(slot), share(slot), Wait::Untried);
        }
        for _ in 0..2 {
            let (key, _) = lanes.pick(false, 4, now).expect("one");
            lanes.ended(&key, true, 4);
        }
        let picked = lanes.pick(false, 4, now);
        assert_eq!(lanes.fetch(picked, lanes.fetch_max(4, 100), |_| true).len(), 100);
        lanes.fetch_returned();
        let (mut slots, mut at) = (Vec::new(), now);
        for number in 0..20 {
            let is_probe = number >= 10;
            let (key, share) = lanes.pick(is_probe, 4, at).expect("one");
            slots.push(share.slot);
            lanes.failed(&key, Wait::Tried(at + SECOND), is_probe, at);
            at += SECOND * 10;
        }
        assert!(slots.iter().any(|slot| *slot > 110), "all of the batch: {slots:?}");
        // What is left of it still comes first when it works again.
        let (key, _) = lanes.pick(false, 4, at).expect("one");
        lanes.ended(&key, true, 4);
        let (_, next) = lanes.pick(false, 4, at).expect("one");
        assert!(next.slot < 110, "{next:?}");
    }

    #[test]
    fn the_oldest_end_first_and_more_each_time() {
        let (mut lanes, start) = (lanes(), Instant::now());
        for slot in 0..10 {
            lanes.push(LaneKey::Slot(slot), share(slot), Wait::Untried);
        }
        let since = |share: ShareId| Some(start + SECOND * u32::try_from(share.slot).unwrap_or_default());
        let expired = |lanes: &mut Lanes, seconds| -> Vec<usize> {
            lanes.expire(start + SECOND * seconds, since).into_iter().map(|(_, share)| share.slot).collect()
        };
        assert_eq!(expired(&mut lanes, 59), [0; 0]);
        assert_eq!(expired(&mut lanes, 61), [0]);
        assert_eq!(expired(&mut lanes, 61), [1]);
        assert_eq!(expired(&mut lanes, 100), [2, 3, 4, 5]);
        assert_eq!(lanes.ready(&LaneKey::Slot(5)), Some(share(5)), "for their last run");
        lanes.works_again();
        assert_eq!(expired(&mut lanes, 100), [6], "a success stops it");
    }

    #[test]
    fn an_event_that_goes_makes_way() {
        let (mut lanes, now) = (lanes(), Instant::now());
        for slot in 1..4 {
            lanes.push(key("a"), share(slot), Wait::Backoff(now));
        }
        assert_eq!(lanes.remove(&key("a"), share(2)), Next::Later);
        assert_eq!(lanes.remove(&key("a"), share(1)), Next::Ready);
        assert_eq!(lanes.ready(&key("a")), Some(share(3)));
        assert_eq!(lanes.remove(&key("a"), share(3)), Next::Nothing);
        assert_eq!((lanes.is_empty(), lanes.len()), (true, 0));
    }
}
