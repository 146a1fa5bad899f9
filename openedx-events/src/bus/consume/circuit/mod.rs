//! Whether a receiver works: [`Circuit`], a pure state machine.
//!
//! A few events that fail end after their attempts, as everybody expects. When many fail, the receiver itself may be down, and
//! ending them all would dead-letter a backlog that is not at fault. Then an event ends for its attempts only with evidence that
//! the receiver works for others; without it the event waits, at most for the limit of an outage. When different events fail in
//! a row the circuit opens: the receiver's events wait, and one at a time probes whether it works again.
//!
//! | circuit | a new event | a run succeeds | a run fails | time |
//! |---|---|---|---|---|
//! | closed | runs | resets what counts in a row; is evidence | backs off; its attempts used up: it is given up, or waits; the last of too many in a row: **open** | |
//! | open | waits; or is the probe, if one is due | (a run from before) **closed** | waits; is no attempt | the backoff is over: a probe is due |
//! | probing | waits | **closed** | **open**, with twice the backoff | |

mod failures;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub(super) use failures::Failures;
use failures::{NextRun, Standing};

use super::progress::{FailureKind, RunFailure};
use super::settings::RetryPolicy;

/// This many different events that fail in a row open the circuit.
const FAIL_IN_A_ROW: u32 = 20;
/// As do this many in a row that used up their attempts without evidence. While fewer fail, none is asked for.
const FEW: u32 = 5;
/// As do this many in a row that say themselves that something is down.
const UNAVAILABLE_IN_A_ROW: u32 = 3;
/// This many successes for each event that fails are evidence that the receiver works.
const EVIDENCE: u64 = 10;
/// The longest backoff between two probes, unless the receiver asks for a longer one.
const MAX_PROBE_BACKOFF: Duration = Duration::from_secs(10);
/// The longest time before the next attempt that a receiver can ask for: an instant beyond what the clock can show would panic.
const MAX_PAUSE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Whether one receiver works, as far as its events tell.
#[derive(Debug)]
pub(super) struct Circuit {
    state: State,
    /// How often it has closed.
    closed: u64,
    successes: u64,
    successes_when_closed: u64,
    /// The number of events that have failed and have not ended.
    failing: u32,
    /// Since the last success: different events that failed, that used up their attempts, that said that something is down.
    failed_in_a_row: u32,
    used_up_in_a_row: u32,
    unavailable_in_a_row: u32,
    /// The number of runs that take for longer than they may.
    overdue: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        since: Instant,
        /// The upper bound of the backoff after the next probe.
        backoff: Duration,
        probe: Probe,
    },
}

/// How far the next probe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    /// It is due at this time.
    At(Instant),
    Running {
        since: Instant,
    },
}

/// A probe that has run for this long may hang: another one shows whether the receiver works.
const PROBE_TIMEOUT: Duration = Duration::from_secs(60);

/// How events of a receiver are retried, and when its circuit opens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) retry: RetryPolicy,
    /// How long an event waits for a receiver that does not work. Zero: no event waits, and no circuit opens.
    pub(super) outage_limit: Duration,
    /// The number of entries that may be in flight: a quarter of them that fail open the circuit, too, if that is at least five.
    pub(super) max_in_flight: usize,
}

impl Rules {
    fn may_wait(&self) -> bool {
        !self.outage_limit.is_zero()
    }

    /// The time before the next attempt that a receiver has asked for. No event waits for longer than the limit of an outage.
    fn pause(&self, asked: Duration) -> Duration {
        let limit = if self.may_wait() { self.outage_limit } else { MAX_PAUSE };
        asked.min(limit).min(MAX_PAUSE)
    }

    /// No fewer than what is dead-lettered without evidence, or one bad event would open the circuit of a consumer that has one
    /// entry in flight.
    fn fail_in_a_row(&self) -> u32 {
        u32::try_from(self.max_in_flight / 4).unwrap_or(u32::MAX).clamp(FEW, FAIL_IN_A_ROW)
    }

    /// The longest backoff before a probe.
    fn max_probe_backoff(&self) -> Duration {
        self.retry.max_backoff.min(MAX_PROBE_BACKOFF)
    }

    /// The backoff after this one.
    fn next_probe_backoff(&self, backoff: Duration) -> Duration {
        backoff.saturating_mul(2).min(self.max_probe_backoff())
    }
}

/// Whether an event may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Run,
    /// It is the one that shows whether the receiver works again.
    Probe,
    /// It has to wait.
    Wait,
}

/// What becomes of an event that has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is an attempt of several, and is retried after this time.
    Retry(Duration),
    /// It waits until the receiver works, and runs again after this time at the earliest.
    Wait(Duration),
    GiveUp(Reason),
}

/// Why a receiver is given up for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The attempts are used up.
    Attempts,
    /// Attempts have crashed the process.
    Crashes,
    /// No attempt can succeed.
    Permanent,
    /// The event has waited for too long.
    Outage,
}

/// A run that has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) verdict: Verdict,
    pub(super) effect: Effect,
}

/// What a failure has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// The circuit has opened.
    pub(super) has_opened: bool,
    /// It was a probe: those that have waited for too long may end.
    pub(super) was_probe: bool,
    /// The event counts as an error, once, for the limit of errors in a row.
    pub(super) is_error: bool,
}

impl Circuit {
    pub(super) fn new() -> Self {
        Self {
            state: State::Closed,
            closed: 0,
            successes: 0,
            successes_when_closed: 0,
            failing: 0,
            failed_in_a_row: 0,
            used_up_in_a_row: 0,
            unavailable_in_a_row: 0,
            overdue: 0,
        }
    }

    /// Since when it is open, if it is.
    pub(super) fn open_since(&self) -> Option<Instant> {
        match self.state {
            State::Closed => None,
            State::Open { since, .. } => Some(since),
        }
    }

    /// Whether it has nothing to remember: a new one is as good.
    pub(super) fn is_blank(&self) -> bool {
        let in_a_row = self.failed_in_a_row.max(self.used_up_in_a_row).max(self.unavailable_in_a_row);
        self.state == State::Closed && self.failing.max(self.overdue).max(in_a_row) == 0
    }

    /// Whether an event may run now, if its key allows. Of an open circuit one at a time may.
    pub(super) fn start(&mut self, now: Instant) -> Start {
        if !self.may_start(now) {
            return Start::Wait;
        }
        match &mut self.state {
            State::Closed => Start::Run,
            State::Open { probe, .. } => {
                *probe = Probe::Running { since: now };
                Start::Probe
            }
        }
    }

    /// Whether [`start`](Self::start) would let an event run.
    pub(super) fn may_start(&self, now: Instant) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { probe: Probe::At(at), .. } => at <= now,
            State::Open { probe: Probe::Running { since }, .. } => {
                now.saturating_duration_since(since) >= PROBE_TIMEOUT
            }
        }
    }

    /// When [`start`](Self::start) lets an event run, if that is known.
    pub(super) fn may_start_at(&self) -> Option<Instant> {
        match self.state {
            State::Closed | State::Open { probe: Probe::Running { .. }, .. } => None,
            State::Open { probe: Probe::At(at), .. } => Some(at),
        }
    }

    /// A run has succeeded. Returns whether this has closed the circuit.
    pub(super) fn succeeded(&mut self, event: &mut Failures) -> bool {
        self.leave(event);
        self.successes += 1;
        self.failed_in_a_row = 0;
        self.used_up_in_a_row = 0;
        self.unavailable_in_a_row = 0;
        if self.state == State::Closed {
            return false;
        }
        self.state = State::Closed;
        self.closed += 1;
        self.successes_when_closed = self.successes;
        true
    }

    /// An event ends that is neither a success nor a failure: it was skipped, or is another consumer's.
    pub(super) fn left_out(&mut self, event: &mut Failures, now: Instant) {
        self.give_back_probe(event, now);
        self.leave(event);
    }

    /// If the event was to probe and has not run, another one probes.
    pub(super) fn give_back_probe(&mut self, event: &mut Failures, now: Instant) {
        if event.is_probe() {
            event.next_run = NextRun::Attempt;
            self.probe_again(now);
        }
    }

    /// A run has failed in this way. `part`, from 0 up to 1, is the random part of each backoff.
    pub(super) fn failed(
        &mut self,
        event: &mut Failures,
        failure: RunFailure,
        rules: &Rules,
        now: Instant,
        part: f64,
    ) -> Failed {
        let (kind, pause) = (failure.kind, rules.pause(failure.pause));
        event.runs = event.runs.saturating_add(1);
        event.waits(now);
        let run = std::mem::take(&mut event.next_run);
        let was_probe = run == NextRun::Probe;
        if kind == FailureKind::Permanent {
            // It says nothing of the next event: whether the receiver works is still to be found out.
            if was_probe {
                self.probe_again(now);
            }
            self.leave(event);
            return Failed::given_up(Reason::Permanent, was_probe);
        }
        self.note(event);
        if let State::Open { backoff, probe, .. } = &mut self.state {
            if was_probe {
                *probe = Probe::At(now + half_random(*backoff, part).max(pause));
                *backoff = rules.next_probe_backoff(*backoff);
            } else if let Probe::At(at) = probe {
                *at = (*at).max(now + pause);
            }
            if run == NextRun::Last {
                self.leave(event);
                return Failed::given_up(Reason::Outage, was_probe);
            }
            // A failed probe counts as an error.
            let effect = Effect { has_opened: false, was_probe, is_error: was_probe };
            return Failed { verdict: Verdict::Wait(pause), effect };
        }
        let (verdict, is_used_up) = self.failed_while_closed(event, kind, run, rules, now, part);
        let has_opened = self.open_if_due(rules, pause, now, part);
        let verdict = match verdict {
            Verdict::Retry(_) | Verdict::Wait(_) if has_opened => Verdict::Wait(pause),
            Verdict::Retry(backoff) => Verdict::Retry(backoff.max(pause)),
            Verdict::Wait(backoff) => Verdict::Wait(backoff.max(pause)),
            Verdict::GiveUp(reason) => Verdict::GiveUp(reason),
        };
        if matches!(verdict, Verdict::GiveUp(_)) {
            self.leave(event);
        }
        let effect = Effect { has_opened, was_probe: false, is_error: is_used_up || has_opened };
        Failed { verdict, effect }
    }

    /// An event was parked and is back. One that has failed before is among the failing ones from now on: an outage that goes on after
    /// a restart would look like a few bad events otherwise.
    pub(super) fn came_back(&mut self, event: &mut Failures) {
        if event.runs > 0 && event.standing == Standing::NotFailing {
            event.standing = Standing::HadFailed;
            self.join(event);
        }
    }

    /// One more event is failing.
    fn join(&mut self, event: &mut Failures) {
        event.successes_before = self.successes;
        event.closed = self.closed;
        self.failing += 1;
    }

    /// Counts a failing event, once.
    fn note(&mut self, event: &mut Failures) {
        if event.standing == Standing::NotFailing {
            self.join(event);
        }
        if !event.is_failing() {
            let had_failed = event.standing == Standing::HadFailed;
            event.standing = if had_failed { Standing::FailsAgain } else { Standing::Failing };
            self.failed_in_a_row = self.failed_in_a_row.saturating_add(1);
        }
        if event.closed != self.closed {
            event.closed = self.closed;
            event.attempts = 0;
            event.successes_before = self.successes_when_closed;
            event.standing = Standing::Failing;
        }
    }

    /// What becomes of an event that has failed while the circuit was closed, and whether its attempts are used up.
    fn failed_while_closed(
        &mut self,
        event: &mut Failures,
        kind: FailureKind,
        run: NextRun,
        rules: &Rules,
        now: Instant,
        part: f64,
    ) -> (Verdict, bool) {
        if kind == FailureKind::Unavailable && rules.may_wait() {
            if !std::mem::replace(&mut event.is_unavailable, true) {
                self.unavailable_in_a_row += 1;
            }
            if event.has_waited(rules.outage_limit, now) {
                return (Verdict::GiveUp(Reason::Outage), true);
            }
            return (Verdict::Retry(rules.retry.backoff(event.runs, part)), false);
        }
        event.attempts = event.attempts.saturating_add(1);
        if event.attempts < rules.retry.max_attempts {
            return (Verdict::Retry(rules.retry.backoff(event.attempts, part)), false);
        }
        let successes = self.successes.saturating_sub(event.successes_before);
        let has_evidence = successes >= EVIDENCE * u64::from(self.failing);
        if event.attempts == rules.retry.max_attempts && !has_evidence {
            self.used_up_in_a_row = self.used_up_in_a_row.saturating_add(1);
        }
        // What was parked has failed in an outage, which a restart does not end, but a success does.
        let may_be_outage = event.standing == Standing::FailsAgain && successes == 0;
        let are_few = self.failing < FEW && self.used_up_in_a_row < FEW && !may_be_outage;
        let verdict = if has_evidence || are_few || !rules.may_wait() {
            Verdict::GiveUp(Reason::Attempts)
        } else if run == NextRun::Last || event.has_waited(rules.outage_limit, now) {
            Verdict::GiveUp(Reason::Outage)
        } else {
            Verdict::Wait(half_random(rules.retry.max_backoff, part))
        };
        (verdict, true)
    }

    /// Opens the circuit if too many have failed in a row. Returns whether it has opened.
    fn open_if_due(&mut self, rules: &Rules, pause: Duration, now: Instant, part: f64) -> bool {
        let is_due = self.failed_in_a_row >= rules.fail_in_a_row()
            || self.used_up_in_a_row >= FEW
            || self.unavailable_in_a_row >= UNAVAILABLE_IN_A_ROW;
        if !is_due || !rules.may_wait() {
            return false;
        }
        let backoff = rules.retry.initial_backoff.min(rules.max_probe_backoff());
        let probe = Probe::At(now + half_random(backoff, part).max(pause));
        self.state = State::Open { since: now, backoff: rules.next_probe_backoff(backoff), probe };
        true
    }

    /// A run has taken for longer than it may, and goes on.
    pub(super) fn run_is_overdue(&mut self) {
        self.overdue += 1;
    }

    /// A run that was overdue has ended.
    pub(super) fn overdue_run_ended(&mut self) {
        self.overdue = self.overdue.saturating_sub(1);
    }

    fn probe_again(&mut self, now: Instant) {
        if let State::Open { probe, .. } = &mut self.state {
            *probe = Probe::At(now);
        }
    }

    /// An event is no longer failing.
    fn leave(&mut self, event: &mut Failures) {
        event.next_run = NextRun::Attempt;
        if std::mem::take(&mut event.standing) != Standing::NotFailing {
            self.failing -= 1;
        }
    }
}

impl Failed {
    fn given_up(reason: Reason, was_probe: bool) -> Self {
        let effect = Effect { has_opened: false, was_probe, is_error: true };
        Self { verdict: Verdict::GiveUp(reason), effect }
    }
}

/// A backoff of which this part of one half is taken, and the other half as a whole.
fn half_random(backoff: Duration, part: f64) -> Duration {
    backoff.mul_f64(0.5 + part / 2.0)
}
