//! Until when to wait: [`after`].

use std::time::{Duration, Instant};

/// Longer than any process runs, and within what every clock can represent.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The instant after this timeout. A timeout beyond what the clock can represent, such as [`Duration::MAX`], ends in a
/// hundred years.
pub(in crate::bus) fn after(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or_else(|| now + NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_the_timeout_from_now() {
        let timeout = Duration::from_mins(1);
        let before = Instant::now();
        let deadline = after(timeout);
        assert!(deadline >= before + timeout && deadline <= Instant::now() + timeout);
    }

    #[test]
    fn a_timeout_beyond_the_clock_ends_after_the_process() {
        let a_long_life = Duration::from_secs(50 * 365 * 24 * 3600);
        for timeout in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(u64::MAX / 2)] {
            assert!(after(timeout) > Instant::now() + a_long_life, "{timeout:?}");
        }
    }
}
