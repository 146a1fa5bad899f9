//! Ending the backoff of all when one has reached the bus: [`Recovery`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::deadline;

/// How often one that backs off looks whether another has reached the bus.
const LOOK: Duration = Duration::from_millis(50);

/// What those that use the same bus know of it: how often one of them has reached it again.
#[derive(Debug, Default)]
pub(crate) struct Recovery(AtomicU64);

impl Recovery {
    /// The bus was lost and has answered.
    pub(crate) fn announce(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for this time, or until another has reached the bus. `pause` waits for the time it is given, and returns whether to
    /// go on.
    pub(crate) fn back_off(&self, delay: Duration, pause: impl Fn(Duration) -> bool) {
        let (before, until) = (self.0.load(Ordering::Relaxed), deadline::after(delay));
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let is_reached = self.0.load(Ordering::Relaxed) != before;
            if left.is_zero() || is_reached || !pause(left.min(LOOK)) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn sleep(time: Duration) -> bool {
        thread::sleep(time);
        true
    }

    #[test]
    fn a_delay_ends_by_itself() {
        let start = Instant::now();
        Recovery::default().back_off(Duration::from_millis(120), sleep);
        assert!(start.elapsed() >= Duration::from_millis(120));
    }

    #[test]
    fn one_that_reaches_the_bus_ends_the_delay_of_the_others() {
        let recovery = Recovery::default();
        recovery.back_off(Duration::MAX, |time| {
            recovery.announce();
            sleep(time)
        });
    }

    #[test]
    fn a_stop_ends_the_delay() {
        Recovery::default().back_off(Duration::MAX, |_| false);
    }
}
