//! What the workers run: [`Runs`].

use std::borrow::Cow;
use std::time::{Duration, Instant};

/// A receiver without a timeout that runs for longer than this may hang: it does not get all workers.
const LONG: Duration = Duration::from_secs(30);

/// The receiver that each worker runs at the moment, and those that have run before.
pub(super) struct Runs {
    current: Vec<Option<Run>>,
    /// The paths of all receivers that have run.
    reached: Vec<Cow<'static, str>>,
}

struct Run {
    receiver: &'static str,
    /// The path of the receiver, of a closure too.
    path: Cow<'static, str>,
    since: Instant,
    timeout: Option<Duration>,
    /// It takes for longer than it may.
    is_overdue: bool,
}

/// A receiver that takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bus::consume) struct LateRun {
    pub(in crate::bus::consume) receiver: &'static str,
    pub(in crate::bus::consume) elapsed: Duration,
}

/// The receivers that take too long.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::bus::consume) struct LateRuns {
    /// Those that have exceeded their timeouts. Each run is reported once.
    pub(in crate::bus::consume) overdue: Vec<LateRun>,
    /// The paths of those that take for longer than they may, also without a timeout. Each run is reported once.
    pub(in crate::bus::consume) slow: Vec<Cow<'static, str>>,
    /// The one that has run the longest of those that are stuck.
    pub(in crate::bus::consume) stuck: Option<LateRun>,
}

impl Runs {
    pub(super) fn new(workers: usize) -> Self {
        Self { current: (0..workers).map(|_| None).collect(), reached: Vec::new() }
    }

    pub(super) fn start(
        &mut self,
        worker: usize,
        (receiver, path): (&'static str, &Cow<'static, str>),
        timeout: Option<Duration>,
        now: Instant,
    ) {
        // They are few.
        if !self.reached.contains(path) {
            self.reached.push(path.clone());
        }
        self.current[worker] =
            Some(Run { receiver, path: path.clone(), since: now, timeout, is_overdue: false });
    }

    /// Returns the path of the receiver if the run was overdue.
    pub(super) fn finish(&mut self, worker: usize) -> Option<Cow<'static, str>> {
        self.current[worker].take().filter(|run| run.is_overdue).map(|run| run.path)
    }

    /// The number of workers that run the receiver with this path.
    pub(super) fn of(&self, path: &str) -> usize {
        self.current.iter().flatten().filter(|run| run.path == path).count()
    }

    /// The names of the receivers that run.
    pub(super) fn receivers(&self) -> Vec<&'static str> {
        self.current.iter().flatten().map(|run| run.receiver).collect()
    }

    /// The paths of all receivers that have run, now or before.
    pub(super) fn reached(&self) -> &[Cow<'static, str>] {
        &self.reached
    }

    /// The number of runs that are overdue.
    pub(super) fn overdue(&self) -> usize {
        self.current.iter().flatten().filter(|run| run.is_overdue).count()
    }

    /// Finds the receivers that take too long.
    pub(super) fn late(&mut self, stuck_after: Option<Duration>, now: Instant) -> LateRuns {
        let mut late = LateRuns::default();
        for run in self.current.iter_mut().flatten() {
            let elapsed = now.saturating_duration_since(run.since);
            let this = LateRun { receiver: run.receiver, elapsed };
            if !run.is_overdue && elapsed > run.timeout.unwrap_or(LONG) {
                run.is_overdue = true;
                late.slow.push(run.path.clone());
                late.overdue.extend(run.timeout.map(|_| this));
            }
            // A receiver that is given more time than others is not stuck before that time is over.
            let stuck_after =
                stuck_after.map(|limit| run.timeout.map_or(limit, |timeout| timeout.max(limit)));
            if stuck_after.is_some_and(|limit| elapsed > limit) {
                late.stuck = late.stuck.filter(|longest| longest.elapsed >= elapsed).or(Some(this));
            }
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_run_is_reported_once_when_it_exceeds_its_timeout() {
        let start = Instant::now();
        let mut runs = Runs::new(2);
        runs.start(0, ("slow", &Cow::Borrowed("slow")), Some(SECOND), start);
        runs.start(1, ("patient", &Cow::Borrowed("patient")), None, start);
        assert_eq!(runs.late(None, start + SECOND), LateRuns::default(), "it may take as long");
        let late = runs.late(None, start + SECOND * 2);
        assert_eq!(late.overdue, [LateRun { receiver: "slow", elapsed: SECOND * 2 }]);
        assert_eq!(runs.late(None, start + SECOND * 3), LateRuns::default());
        runs.start(0, ("slow", &Cow::Borrowed("slow")), Some(SECOND), start + SECOND * 3);
        assert_eq!(runs.late(None, start + SECOND * 5).overdue.len(), 1, "the next run is another one");
        assert_eq!(runs.finish(0).as_deref(), Some("slow"));
        let late = runs.late(None, start + SECOND * 50);
        assert_eq!(
            (late.overdue, late.slow),
            (vec![], vec![Cow::Borrowed("patient")]),
            "it has no timeout, and may hang"
        );
        assert_eq!(runs.late(None, start + SECOND * 60), LateRuns::default());
        assert_eq!((runs.of("patient"), runs.of("slow"), runs.overdue()), (1, 0, 1));
    }

    #[test]
    fn of_several_stuck_runs_the_longest_is_reported() {
        let start = Instant::now();
        let mut runs = Runs::new(3);
        runs.start(0, ("second", &Cow::Borrowed("second")), None, start + SECOND);
        runs.start(1, ("first", &Cow::Borrowed("first")), None, start);
        runs.start(2, ("third", &Cow::Borrowed("third")), None, start + SECOND * 2);
        assert_eq!(runs.late(Some(SECOND * 5), start + SECOND * 5).stuck, None);
        let stuck = runs.late(Some(SECOND * 5), start + SECOND * 10).stuck;
        assert_eq!(stuck, Some(LateRun { receiver: "first", elapsed: SECOND * 10 }));
    }

    #[test]
    fn a_longer_timeout_of_its_own_keeps_a_run_from_being_stuck() {
        let start = Instant::now();
        let mut runs = Runs::new(1);
        runs.start(0, ("patient", &Cow::Borrowed("patient")), Some(SECOND * 20), start);
        assert_eq!(runs.late(Some(SECOND * 5), start + SECOND * 20), LateRuns::default());
        assert!(runs.late(Some(SECOND * 5), start + SECOND * 21).stuck.is_some());
        runs.start(0, ("hasty", &Cow::Borrowed("hasty")), Some(SECOND), start);
        assert_eq!(runs.late(Some(SECOND * 5), start + SECOND * 5).stuck, None, "a shorter one does not");
    }
}
