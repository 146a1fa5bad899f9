//! When to log again what goes on: [`LogInterval`].

use std::time::{Duration, Instant};

/// Limits how often a state that lasts is logged: at once, and then at growing intervals.
pub(crate) struct LogInterval {
    next: Option<Instant>,
    interval: Duration,
}

/// From the first time to the second one.
const FIRST: Duration = Duration::from_secs(10);
const MAX: Duration = Duration::from_secs(300);

impl Default for LogInterval {
    fn default() -> Self {
        Self { next: None, interval: FIRST }
    }
}

impl LogInterval {
    /// Whether to log it now: the first time, after ten seconds, and then after twice the time before, up to five minutes.
    pub(crate) fn is_due(&mut self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&mut self, now: Instant) -> bool {
        if self.next.is_some_and(|next| now < next) {
            return false;
        }
        if self.next.is_some() {
            self.interval = (self.interval * 2).min(MAX);
        }
        self.next = Some(now + self.interval);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_logged_at_once_and_then_at_growing_intervals() {
        let (mut interval, start) = (LogInterval::default(), Instant::now());
        let logged = (0..2000).filter(|second| interval.is_due_at(start + Duration::from_secs(*second)));
        assert_eq!(logged.collect::<Vec<_>>(), [0, 10, 30, 70, 150, 310, 610, 910, 1210, 1510, 1810]);
    }
}
