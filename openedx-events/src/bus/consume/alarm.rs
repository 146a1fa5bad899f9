//! When a topic has too many dead letters: [`Alarm`].

use std::sync::atomic::{AtomicU64, Ordering};

/// Rings when a number that is seen again and again reaches a limit, and each time it has doubled since.
#[derive(Debug)]
pub(super) struct Alarm {
    limit: u64,
    /// It rings at this number.
    next: AtomicU64,
}

impl Alarm {
    /// `None` for an alarm that never rings.
    pub(super) fn new(limit: Option<u64>) -> Self {
        let limit = limit.unwrap_or(u64::MAX);
        Self { limit, next: AtomicU64::new(limit) }
    }

    /// Whether it rings at this number. Of several who see a number at once, one hears it.
    pub(super) fn rings_at(&self, number: u64) -> bool {
        if self.limit == u64::MAX {
            return false;
        }
        if number < self.limit {
            // They were seen to: it rings again when there are so many again. Read first, as it is so for nearly all.
            if self.next.load(Ordering::Relaxed) != self.limit {
                self.next.store(self.limit, Ordering::Relaxed);
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

    fn rung(alarm: &Alarm, numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
        numbers.into_iter().filter(|number| alarm.rings_at(*number)).collect()
    }

    #[test]
    fn it_rings_at_the_limit_and_at_each_doubling() {
        let alarm = Alarm::new(Some(10));
        assert_eq!(rung(&alarm, 0..100), [10, 20, 40, 80]);
        assert_eq!(rung(&alarm, [99, 50, 10]), [0; 0], "there are fewer, but not few");
        assert_eq!(rung(&alarm, [9, 10, 11]), [10], "it was quiet, and is not any more");
    }

    #[test]
    fn it_rings_late_where_there_are_many_already() {
        assert_eq!(rung(&Alarm::new(Some(10)), [35, 36, 69, 70, 71]), [35, 70]);
    }

    #[test]
    fn its_ends_are_no_trap() {
        assert_eq!(rung(&Alarm::new(None), [0, 10_000, u64::MAX]), [0; 0]);
        assert_eq!(rung(&Alarm::new(Some(0)), 0..5), [0, 1, 2, 4]);
        assert_eq!(rung(&Alarm::new(Some(1)), [u64::MAX - 1, u64::MAX]), [u64::MAX - 1, u64::MAX]);
    }
}
