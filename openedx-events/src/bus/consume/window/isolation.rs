//! What may run beside an entry that may kill the process: [`Isolation`].

use std::time::{Duration, Instant};

/// What the workers handle at the moment, and what may begin beside it.
///
/// A suspect is an entry that may have killed the process that had it before. It runs alone, so that no other entry is blamed
/// for it. But neither it nor others wait for ever: whatever has run for a while without killing the process is waited for no
/// longer.
#[derive(Debug, Default)]
pub(super) struct Isolation {
    /// What each busy worker handles.
    runs: Vec<Run>,
    /// The number of them that are suspects.
    suspects: usize,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    worker: usize,
    since: Instant,
    is_suspect: bool,
    /// None of its receivers has begun.
    is_fresh: bool,
}

/// An entry that kills the process does so in its first second, nearly always.
const DANGEROUS: Duration = Duration::from_secs(1);
/// For how long a suspect waits for another one, which would be blamed for it.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Isolation {
    /// The number of entries that workers handle.
    pub(super) fn count(&self) -> usize {
        self.runs.len()
    }

    pub(super) fn begin(&mut self, worker: usize, is_suspect: bool, now: Instant) {
        self.runs.push(Run { worker, since: now, is_suspect, is_fresh: true });
        self.suspects += usize::from(is_suspect);
    }

    /// When a worker has begun, the first time that it asks: its first receiver begins then, too, and reading the clock costs.
    pub(super) fn take_fresh(&mut self, worker: usize) -> Option<Instant> {
        let run = self.runs.iter_mut().find(|run| run.worker == worker)?;
        std::mem::take(&mut run.is_fresh).then_some(run.since)
    }

    /// Returns whether it was a suspect.
    pub(super) fn finish(&mut self, worker: usize) -> bool {
        let Some(index) = self.runs.iter().position(|run| run.worker == worker) else { return false };
        let run = self.runs.swap_remove(index);
        self.suspects -= usize::from(run.is_suspect);
        run.is_suspect
    }

    /// Whether a suspect may begin.
    pub(super) fn allows_suspect(&self, now: Instant) -> bool {
        let is_over = |run: &Run| {
            let wait = if run.is_suspect { LONGEST_WAIT } else { DANGEROUS };
            now.saturating_duration_since(run.since) >= wait
        };
        self.runs.iter().all(is_over)
    }

    /// Whether another entry may begin, while a suspect waits or none does.
    pub(super) fn allows_other(&self, does_suspect_wait: bool, now: Instant) -> bool {
        let is_young = |run: &Run| now.saturating_duration_since(run.since) < DANGEROUS;
        if self.suspects > 0 {
            return !self.runs.iter().any(|run| run.is_suspect && is_young(run));
        }
        // What begins now would be waited for.
        !does_suspect_wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_suspect_runs_alone() {
        let now = Instant::now();
        let mut isolation = Isolation::default();
        isolation.begin(0, false, now);
        assert!(!isolation.allows_suspect(now) && isolation.allows_other(false, now));
        assert!(!isolation.allows_other(true, now), "the suspect would wait for it");
        isolation.finish(0);
        assert!(isolation.allows_suspect(now));
        isolation.begin(0, true, now);
        assert!(!isolation.allows_other(false, now) && !isolation.allows_suspect(now));
        isolation.finish(0);
        assert!(isolation.allows_other(false, now));
        assert_eq!(isolation.count(), 0);
    }

    #[test]
    fn what_has_run_for_a_while_is_waited_for_no_longer() {
        let start = Instant::now();
        let mut isolation = Isolation::default();
        isolation.begin(0, false, start);
        assert!(isolation.allows_suspect(start + SECOND), "a run that hangs");
        isolation.begin(1, true, start + SECOND);
        assert!(!isolation.allows_other(true, start + SECOND));
        assert!(isolation.allows_other(true, start + SECOND * 2), "a suspect that hangs");
        assert!(!isolation.allows_suspect(start + SECOND * 30), "the first one would be blamed");
        assert!(isolation.allows_suspect(start + SECOND * 31));
    }
}
