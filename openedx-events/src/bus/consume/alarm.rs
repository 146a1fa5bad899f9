//! When a topic has too many dead letters: [`Alarm`].

use std::sync::atomic::{AtomicU64, Ordering};

/// Fires when a number reaches a threshold, and again each time it has doubled since.
#[derive(Debug)]
pub(super) struct Alarm {
    threshold: u64,
    /// The number at which it fires next.
    next: AtomicU64,
}

impl Alarm {
    /// `None` for an alarm that never fires.
    pub(super) fn new(threshold: Option<u64>) -> Self {
        let threshold = threshold.unwrap_or(u64::MAX);
        Self { threshold, next: AtomicU64::new(threshold) }
    }

    /// Whether it fires at this number. Of several threads that see a number at once, it fires for one.
    pub(super) fn fires_at(&self, number: u64) -> bool {
        if self.threshold == u64::MAX {
            return false;
        }
        if number < self.threshold {
            // Resets the threshold, so it fires again at the next crossing. Read first, as it is unchanged nearly always.
            if self.next.load(Ordering::Relaxed) != self.threshold {
                self.next.store(self.threshold, Ordering::Relaxed);
            }
            return false;
        }
        let is_reached = |next| (number >= next).then(|| number.saturating_mul(2).max(1));
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_reached).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(alarm: &Alarm, numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
        numbers.into_iter().filter(|number| alarm.fires_at(*number)).collect()
    }

    #[test]
    fn it_fires_at_the_threshold_and_at_each_doubling() {
        let alarm = Alarm::new(Some(10));
        assert_eq!(fired(&alarm, 0..100), [10, 20, 40, 80]);
        assert_eq!(fired(&alarm, [99, 50, 10]), [0; 0], "fewer, but still above the threshold");
        assert_eq!(fired(&alarm, [9, 10, 11]), [10], "below the threshold it is reset");
    }

    #[test]
    fn it_fires_late_where_the_number_is_high_already() {
        assert_eq!(fired(&Alarm::new(Some(10)), [35, 36, 69, 70, 71]), [35, 70]);
    }

    #[test]
    fn its_bounds_are_no_trap() {
        assert_eq!(fired(&Alarm::new(None), [0, 10_000, u64::MAX]), [0; 0]);
        assert_eq!(fired(&Alarm::new(Some(0)), 0..5), [0, 1, 2, 4]);
        assert_eq!(fired(&Alarm::new(Some(1)), [u64::MAX - 1, u64::MAX]), [u64::MAX - 1, u64::MAX]);
    }
}
