//! Waiting for a bus that is not there yet: [`Patience`].

use std::thread;
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use crate::bus::contract::error::BusError;

/// How long to try again what failed for now.
pub(crate) struct Patience<'a> {
    deadline: Instant,
    /// Asked often, to give up early.
    is_over: &'a dyn Fn() -> bool,
}

/// Between two attempts.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
/// How long nobody is asked whether to give up.
const STEP: Duration = Duration::from_millis(50);

impl<'a> Patience<'a> {
    /// Patience for so long, and until something is over.
    pub(crate) fn new(max: Duration, is_over: &'a dyn Fn() -> bool) -> Self {
        let now = Instant::now();
        Self { deadline: now.checked_add(max).unwrap_or(now + FOR_EVER), is_over }
    }

    /// Tries until it works. Each failure that is not the last one is told.
    ///
    /// # Errors
    ///
    /// The last failure: one that trying again does not mend, or when the time is over.
    pub(crate) fn wait<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, BusError>,
        mut tell: impl FnMut(&BusError),
    ) -> Result<T, BusError> {
        let mut backoff = BACKOFF;
        loop {
            let error = match attempt() {
                Err(error) if error.is_transient() && !self.is_over() => error,
                result => return result,
            };
            tell(&error);
            let until = self.deadline.min(Instant::now() + backoff.next_delay());
            while !self.is_over() && Instant::now() < until {
                thread::sleep(STEP.min(until.saturating_duration_since(Instant::now())));
            }
        }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.deadline || (self.is_over)()
    }
}

/// For a time that no clock has room for.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);
