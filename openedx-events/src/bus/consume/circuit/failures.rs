//! What one event has gone through at one receiver: [`Failures`].

use std::time::{Duration, Instant, SystemTime};

/// The failures of one event at one receiver, as far as its [`Circuit`](super::Circuit) has to remember them.
#[derive(Clone, Debug, Default)]
pub(in crate::bus::consume) struct Failures {
    /// All runs that failed.
    pub(super) runs: u32,
    /// Attempts since the circuit last closed. Runs while it is open are none.
    pub(super) attempts: u32,
    /// How often the circuit had closed when `attempts` was last set.
    pub(super) closed: u64,
    /// The successes of the receiver when the event first failed, or when the circuit last closed.
    pub(super) successes_before: u64,
    /// When it first failed, or when it first had to wait.
    pub(super) since: Option<Instant>,
    pub(super) standing: Standing,
    pub(super) is_unavailable: bool,
    pub(super) next_run: NextRun,
}

/// Whether an event counts among those that fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    #[default]
    NotFailing,
    /// It had failed when it was taken from the store, and has not since.
    HadFailed,
    /// It had, and has since.
    FailsAgain,
    Failing,
}

/// What the next run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NextRun {
    /// One of several attempts.
    #[default]
    Attempt,
    /// The probe of an open circuit.
    Probe,
    /// The last one: the event has waited for longer than the limit of an outage.
    Last,
}

impl Failures {
    /// Those of an event that was parked: how often it has run, and since when it waits.
    pub(in crate::bus::consume) fn of_parked(runs: u32, since: SystemTime, now: Instant) -> Self {
        // A clock that was set back makes it no younger than it is.
        let age = SystemTime::now().duration_since(since).unwrap_or_default();
        let since = now.checked_sub(age).unwrap_or(now);
        Self { runs, since: Some(since), ..Self::default() }
    }

    /// When it first failed, or first had to wait, by the clock of the wall. Now if it does not wait.
    pub(in crate::bus::consume) fn since_wall(&self) -> SystemTime {
        let age = self.since.map(|since| since.elapsed()).unwrap_or_default();
        SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// How often the receiver has failed.
    pub(in crate::bus::consume) fn runs(&self) -> u32 {
        self.runs
    }

    /// It waits from now on, if it did not before.
    pub(in crate::bus::consume) fn waits(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Whether its next run is the probe of an open circuit, or its present one.
    pub(in crate::bus::consume) fn is_probe(&self) -> bool {
        self.next_run == NextRun::Probe
    }

    /// Its next run is the probe of an open circuit.
    pub(in crate::bus::consume) fn set_probe(&mut self) {
        self.next_run = NextRun::Probe;
    }

    /// When it first failed, or first had to wait.
    pub(in crate::bus::consume) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Whether it has waited for at least this time.
    pub(in crate::bus::consume) fn has_waited(&self, limit: Duration, now: Instant) -> bool {
        self.since.is_some_and(|since| now.saturating_duration_since(since) >= limit)
    }

    /// Its next run is the last one.
    pub(in crate::bus::consume) fn set_last_run(&mut self) {
        self.next_run = NextRun::Last;
    }

    /// Whether its next run is the last one, which no circuit holds up.
    pub(in crate::bus::consume) fn is_last_run(&self) -> bool {
        self.next_run == NextRun::Last
    }

    /// Whether it has failed and has not ended.
    pub(in crate::bus::consume) fn is_failing(&self) -> bool {
        matches!(self.standing, Standing::FailsAgain | Standing::Failing)
    }
}
