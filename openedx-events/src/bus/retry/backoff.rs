//! How long to wait before the next attempt: [`Backoff`].

use std::time::Duration;

use crate::random;

/// Exponential backoff with full jitter.
///
/// The limit of the delay starts at `initial` and grows with each failure, up to `max`. The delay is a random part of the
/// limit, so that what failed together is not tried again together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    initial: Duration,
    max: Duration,
    /// The factor by which the limit grows.
    growth: f64,
    /// Failures since the start or the last reset.
    failures: u32,
}

impl Backoff {
    /// Between two attempts to reach the bus. The limit grows by a tenth, so a delay is at most about a tenth of the
    /// outage so far: a bus that is back is used soon, and a long outage costs few attempts.
    pub(crate) const RECONNECT: Self =
        Self { growth: 1.1, ..Self::doubling(Duration::from_millis(50), Duration::from_secs(5)) };

    /// Backoff with a limit that doubles, for an operation that has not failed yet.
    pub(crate) const fn doubling(initial: Duration, max: Duration) -> Self {
        Self { initial, max, growth: 2.0, failures: 0 }
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
        let growths = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.initial.as_secs_f64() * self.growth.powi(growths);
        Duration::try_from_secs_f64(seconds).map_or(self.max, |limit| limit.min(self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(50), Duration::from_secs(2));

    #[test]
    fn the_limit_doubles_up_to_the_maximum() {
        let limits = [1, 2, 3, 6, 7, 8, u32::MAX].map(|failures| BACKOFF.limit_after(failures).as_millis());
        assert_eq!(limits, [50, 100, 200, 1600, 2000, 2000, 2000]);
    }

    #[test]
    fn a_maximum_below_the_initial_delay_wins() {
        let backoff = Backoff::doubling(Duration::from_secs(5), Duration::from_secs(1));
        assert_eq!(backoff.limit_after(1), Duration::from_secs(1));
    }

    #[test]
    fn the_delay_is_a_part_of_the_limit() {
        assert_eq!(BACKOFF.delay_after(3, 0.5), Duration::from_millis(100));
        assert_eq!(BACKOFF.delay_after(3, 0.0), Duration::ZERO);
        let longest = Backoff::doubling(Duration::MAX, Duration::MAX);
        assert!(longest.delay_after(u32::MAX, 1.0 - f64::EPSILON / 2.0) < Duration::MAX);
    }

    #[test]
    fn a_reconnect_waits_for_a_tenth_of_the_outage() {
        let mut outage = Duration::ZERO;
        for failures in 1..60 {
            let limit = Backoff::RECONNECT.limit_after(failures);
            assert!(limit <= Duration::from_millis(51) + outage.mul_f64(0.1), "{limit:?} after {outage:?}");
            outage += limit;
        }
        assert_eq!(Backoff::RECONNECT.limit_after(60), Duration::from_secs(5));
        assert_eq!(Backoff::RECONNECT.limit_after(u32::MAX), Duration::from_secs(5));
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
