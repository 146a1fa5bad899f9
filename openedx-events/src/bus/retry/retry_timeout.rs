//! Trying again for a limited time: [`RetryTimeout`].

use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::deadline;
use super::log_interval::LogInterval;
use crate::bus::contract::{BusError, ErrorKind};

/// Retries an operation while the bus cannot be reached, for a limited time.
pub(crate) struct RetryTimeout<'a> {
    deadline: Instant,
    /// Polled, to stop early.
    is_stopped: &'a dyn Fn() -> bool,
}

/// The interval at which `is_stopped` is polled.
const POLL: Duration = Duration::from_millis(50);
/// After this time it is said what is waited for.
const LONG: Duration = Duration::from_secs(1);

/// An operation of the bus that may hang, whatever its backend promises.
pub(crate) trait Bounded: Send + 'static {
    /// What it results in.
    type Value: Send + 'static;

    /// Runs it.
    fn run(self) -> Result<Self::Value, BusError>;
}

impl<'a> RetryTimeout<'a> {
    /// Retries for this time, unless `is_stopped` returns `true` before.
    pub(crate) fn new(timeout: Duration, is_stopped: &'a dyn Fn() -> bool) -> Self {
        Self { deadline: deadline::after(timeout), is_stopped }
    }

    /// Calls `attempt` until it succeeds. `on_retry` is called with each error that is followed by another attempt.
    ///
    /// # Errors
    ///
    /// The first error that a retry does not help, or the last one before the timeout.
    pub(crate) fn retry<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, BusError>,
        mut on_retry: impl FnMut(&BusError),
    ) -> Result<T, BusError> {
        let mut backoff = Backoff::RECONNECT;
        loop {
            let error = match attempt() {
                Err(error) if error.is_transient() && !self.is_over() => error,
                result => return result,
            };
            on_retry(&error);
            let until = self.deadline.min(Instant::now() + backoff.next_delay());
            while !self.is_over() && Instant::now() < until {
                thread::sleep(POLL.min(until.saturating_duration_since(Instant::now())));
            }
        }
    }

    /// Runs an operation that may hang on a thread of its own, and waits for it until the timeout or the stop. Its value is
    /// dropped if it comes too late. `what` is for the error, and for the log if it takes long.
    ///
    /// # Errors
    ///
    /// Those of the operation; or it has not returned.
    pub(crate) fn bounded<B: Bounded>(&self, what: &str, operation: B) -> Result<B::Value, BusError> {
        let (sender, result) = mpsc::channel();
        let run = move || {
            // Nobody listens any more after the timeout.
            let _ = sender.send(operation.run());
        };
        let thread = thread::Builder::new().name("events-start".to_owned()).spawn(run);
        thread.map_err(|error| BusError::new(ErrorKind::Busy, "cannot spawn a thread").caused_by(error))?;
        let (started, mut notice) = (Instant::now(), LogInterval::default());
        loop {
            match result.recv_timeout(POLL) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(BusError::new(ErrorKind::Refused, format!("{what}: the backend panicked")));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.is_over() {
                let what = format!("{what}: the bus has not answered for {:?}", started.elapsed());
                return Err(BusError::new(ErrorKind::Unreachable, what));
            }
            if started.elapsed() > LONG && notice.is_due() {
                tracing::warn!("{what}: still waiting for the bus to answer");
            }
        }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.deadline || (self.is_stopped)()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn failing(kind: ErrorKind) -> BusError {
        BusError::new(kind, "no")
    }

    #[test]
    fn an_operation_is_retried_until_it_succeeds() {
        let (attempts, retries) = (Cell::new(0), Cell::new(0));
        let result = RetryTimeout::new(Duration::MAX, &|| false).retry(
            || {
                attempts.set(attempts.get() + 1);
                if attempts.get() < 3 { Err(failing(ErrorKind::Busy)) } else { Ok(attempts.get()) }
            },
            |_| retries.set(retries.get() + 1),
        );
        assert_eq!((result.ok(), retries.get()), (Some(3), 2));
    }

    #[test]
    fn an_error_that_lasts_is_returned_at_once() {
        let timeout = RetryTimeout::new(Duration::MAX, &|| false);
        let result = timeout.retry(|| Err::<(), _>(failing(ErrorKind::Refused)), |_| panic!("retried"));
        assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::Refused));
    }

    #[test]
    fn a_stop_ends_the_retries() {
        let is_stopped = Cell::new(false);
        let is_stopped_now = || is_stopped.get();
        let timeout = RetryTimeout::new(Duration::MAX, &is_stopped_now);
        let result =
            timeout.retry(|| Err::<(), _>(failing(ErrorKind::Unreachable)), |_| is_stopped.set(true));
        assert!(result.is_err());
    }

    #[test]
    fn the_time_is_limited() {
        let start = Instant::now();
        let timeout = RetryTimeout::new(Duration::from_millis(60), &|| false);
        assert!(timeout.retry(|| Err::<(), _>(failing(ErrorKind::Unreachable)), |_| {}).is_err());
        assert!(start.elapsed() >= Duration::from_millis(60));
    }
}
