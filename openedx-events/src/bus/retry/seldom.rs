//! What goes on for long is told at once and then seldom: [`Seldom`].

use std::time::{Duration, Instant};

/// When to tell again what has been told.
pub(crate) struct Seldom {
    next: Option<Instant>,
    interval: Duration,
}

/// From the first time to the second one.
const FIRST: Duration = Duration::from_secs(10);
const MAX: Duration = Duration::from_secs(300);

impl Default for Seldom {
    fn default() -> Self {
        Self { next: None, interval: FIRST }
    }
}

impl Seldom {
    /// Whether to tell it now: the first time, after ten seconds, and then after twice as long each time, up to five minutes.
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
    fn it_is_told_at_once_and_then_ever_more_seldom() {
        let (mut seldom, start) = (Seldom::default(), Instant::now());
        let told = (0..2000).filter(|second| seldom.is_due_at(start + Duration::from_secs(*second)));
        assert_eq!(told.collect::<Vec<_>>(), [0, 10, 30, 70, 150, 310, 610, 910, 1210, 1510, 1810]);
    }
}
