//! Until when to wait for the server: [`StopTime`] and [`Limit`].

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::sync;

/// The time at which the program stops, once it is known. All clones share it.
#[derive(Clone, Default)]
pub(super) struct StopTime(Arc<Mutex<Option<Instant>>>);

impl StopTime {
    /// Sets the time. A later one than before changes nothing.
    pub(super) fn set(&self, time: Instant) {
        let mut stop = sync::lock(&self.0);
        *stop = Some(stop.map_or(time, |earlier| earlier.min(time)));
    }

    /// Which of this time and the stop comes first.
    pub(super) fn or(&self, time: Instant) -> Instant {
        sync::lock(&self.0).map_or(time, |stop| stop.min(time))
    }
}

/// Until when an operation may wait, which ends when the program stops.
pub(super) struct Limit {
    /// How long it may go without progress; `None` if progress gives it no more time.
    patience: Option<Duration>,
    until: Instant,
    stop: StopTime,
}

/// The longest wait in one piece: a stop that is announced during one, and due before its end, ends it this much late.
const LONGEST: Duration = Duration::from_millis(100);

impl Limit {
    /// A limit of the whole operation, which begins now.
    pub(super) fn total(time: Duration, stop: &StopTime) -> Self {
        Self { patience: None, until: Instant::now() + time, stop: stop.clone() }
    }

    /// A limit of the time without progress.
    pub(super) fn idle(patience: Duration, stop: &StopTime) -> Self {
        Self { patience: Some(patience), ..Self::total(patience, stop) }
    }

    /// There was progress.
    pub(super) fn progressed(&mut self) {
        if let Some(patience) = self.patience {
            self.until = Instant::now() + patience;
        }
    }

    /// When the operation ends, whatever its progress is until then.
    pub(super) fn end(&self) -> Instant {
        self.stop.or(self.until)
    }

    /// How long to wait in one piece, before asking again.
    ///
    /// # Errors
    ///
    /// The time is over.
    pub(super) fn next_wait(&self) -> io::Result<Duration> {
        let left = self.end().saturating_duration_since(Instant::now());
        // To the system, a time-out of zero is none at all.
        match left.min(LONGEST) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            wait => Ok(wait.max(Duration::from_millis(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_stops_counts() {
        let (stop, now) = (StopTime::default(), Instant::now());
        let second = Duration::from_secs(1);
        assert_eq!(stop.or(now + second), now + second);
        stop.set(now + 2 * second);
        stop.clone().set(now + 3 * second);
        assert_eq!(stop.or(now + 9 * second), now + 2 * second);
        stop.set(now);
        assert_eq!(stop.or(now + 9 * second), now);
    }

    #[test]
    fn a_wait_is_cut_in_pieces_and_ends_at_the_stop() {
        let stop = StopTime::default();
        let limit = Limit::total(Duration::from_secs(5), &stop);
        assert_eq!(limit.next_wait().ok(), Some(LONGEST));
        stop.set(Instant::now() + LONGEST / 2);
        assert!(limit.next_wait().is_ok_and(|wait| wait <= LONGEST / 2));
        stop.set(Instant::now());
        assert!(limit.next_wait().is_err());
        assert!(Limit::total(Duration::ZERO, &StopTime::default()).next_wait().is_err());
    }

    #[test]
    fn progress_gives_more_time_unless_the_whole_operation_is_limited() {
        let stop = StopTime::default();
        let (mut total, mut idle) = (Limit::total(LONGEST, &stop), Limit::idle(LONGEST, &stop));
        let (total_end, idle_end) = (total.end(), idle.end());
        std::thread::sleep(Duration::from_millis(2));
        total.progressed();
        idle.progressed();
        assert!(total.end() == total_end && idle.end() > idle_end);
    }
}
