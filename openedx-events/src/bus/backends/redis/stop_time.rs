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

/// How long an operation may go without progress, and that it ends when the program stops.
pub(super) struct Limit<'a> {
    patience: Duration,
    until: Instant,
    stop: &'a StopTime,
}

/// The longest wait in one piece: a stop that is announced during one, and due before its end, ends it this much late.
const LONGEST: Duration = Duration::from_millis(100);

impl<'a> Limit<'a> {
    /// A limit that begins now.
    pub(super) fn new(patience: Duration, stop: &'a StopTime) -> Self {
        Self { patience, until: Instant::now() + patience, stop }
    }

    /// There was progress.
    pub(super) fn extend(&mut self) {
        self.until = Instant::now() + self.patience;
    }

    /// How long to wait in one piece, before asking again.
    ///
    /// # Errors
    ///
    /// The time is over.
    pub(super) fn next_wait(&self) -> io::Result<Duration> {
        let left = self.stop.or(self.until).saturating_duration_since(Instant::now());
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
        let limit = Limit::new(Duration::from_secs(5), &stop);
        assert_eq!(limit.next_wait().ok(), Some(LONGEST));
        stop.set(Instant::now() + LONGEST / 2);
        assert!(limit.next_wait().is_ok_and(|wait| wait <= LONGEST / 2));
        stop.set(Instant::now());
        assert!(limit.next_wait().is_err());
        assert!(Limit::new(Duration::ZERO, &StopTime::default()).next_wait().is_err());
    }
}
