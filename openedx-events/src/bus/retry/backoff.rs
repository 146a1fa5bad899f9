//! How long to wait before the next attempt: [`Backoff`].

use std::time::Duration;

use crate::random;

/// Exponential backoff with full jitter.
///
/// The limit of the delay starts at `initial` and doubles with each failure, up to `max`. The delay is a random part of the
/// limit, so that what failed together is not tried again together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    initial: Duration,
    max: Duration,
    /// Failures since the start or the last reset.
    failures: u32,
}

impl Backoff {
    /// Backoff for an operation that has not failed yet.
    pub(crate) const fn new(initial: Duration, max: Duration) -> Self {
        Self { initial, max, failures: 0 }
    }

    /// Counts a failure and returns the delay before the next attempt.
    pub(crate) fn next_delay(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.delay_after(self.failures, random::part())
    }

    /// The operation has succeeded: the next delay is short again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The delay after this number of failures, as a part of its limit, from 0 up to 1. For callers that count failures
    /// themselves, or that want several delays to have the same jitter.
    pub(crate) fn delay_after(&self, failures: u32, part: f64) -> Duration {
        self.limit_after(failures).mul_f64(part)
    }

    fn limit_after(&self, failures: u32) -> Duration {
        // Thirty doublings turn a nanosecond into a second and a second into thirty years.
        let doublings = failures.saturating_sub(1).min(30);
        self.initial.saturating_mul(1 << doublings).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));

    #[test]
    fn the_limit_doubles_up_to_the_maximum() {
        let limits = [1, 2, 3, 6, 7, 8, u32::MAX].map(|failures| BACKOFF.limit_after(failures).as_millis());
        assert_eq!(limits, [50, 100, 200, 1600, 2000, 2000, 2000]);
    }

    #[test]
    fn a_maximum_below_the_initial_delay_wins() {
        let backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(1));
        assert_eq!(backoff.limit_after(1), Duration::from_secs(1));
    }

    #[test]
    fn the_delay_is_a_part_of_the_limit() {
        assert_eq!(BACKOFF.delay_after(3, 0.5), Duration::from_millis(100));
        assert_eq!(BACKOFF.delay_after(3, 0.0), Duration::ZERO);
        let longest = Backoff::new(Duration::MAX, Duration::MAX);
        assert!(longest.delay_after(u32::MAX, 1.0 - f64::EPSILON / 2.0) < Duration::MAX);
    }

    #[test]
    fn delays_grow_with_each_failure_until_reset() {
        let mut backoff = BACKOFF.clone();
        let below = |delay: Duration, limit| assert!(delay < Duration::from_millis(limit), "{delay:?}");
        below(backoff.next_delay(), 50);
        below(backoff.next_delay(), 100);
        assert_eq!(backoff.failures, 2);
        backoff.reset();
        below(backoff.next_delay(), 50);
        assert_eq!(backoff.failures, 1);
    }
}
