//! Calls the receivers of one send one after the other and keeps each failure: [`Run`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt as _;

use crate::receiver::error::ReceiverError;
use crate::receiver::{ReceiverFuture, ReceiverResult};

/// The failure of one receiver.
pub(crate) struct Failure {
    /// The index of the receiver, in the order in which they run.
    pub(crate) receiver: usize,
    pub(crate) error: ReceiverError,
}

/// The calls of one send so far.
pub(crate) struct Run {
    pub(crate) reached: usize,
    pub(crate) failures: Vec<Failure>,
    fail_fast: bool,
}

impl Run {
    #[inline]
    pub(crate) fn new(fail_fast: bool) -> Self {
        Self { reached: 0, failures: Vec::new(), fail_fast }
    }

    /// A run whose last receiver has failed, and none before it.
    pub(crate) fn after(failure: Failure, fail_fast: bool) -> Self {
        Self { reached: failure.receiver + 1, failures: vec![failure], fail_fast }
    }

    /// Whether a fail-fast send has failed.
    pub(crate) fn is_stopped(&self) -> bool {
        self.fail_fast && !self.failures.is_empty()
    }

    /// Calls the next `count` receivers, each by its index among them, and keeps its error or panic.
    pub(crate) fn call_each(&mut self, count: usize, call: impl Fn(usize) -> ReceiverResult) {
        let mut next = 0;
        while next < count && !self.is_stopped() {
            let called = match call_all(next..count, &call) {
                Ok(()) => count - next,
                Err(Failure { receiver, error }) => {
                    self.failures.push(Failure { receiver: self.reached + receiver, error });
                    receiver + 1
                }
            };
            self.reached += called;
            next += called;
        }
    }

    /// Adds the result of the next receiver.
    pub(crate) fn push(&mut self, result: Result<(), ReceiverError>) {
        if let Err(error) = result {
            self.failures.push(Failure { receiver: self.reached, error });
        }
        self.reached += 1;
    }
}

/// Calls each receiver of the list until one fails, with an error or a panic.
///
/// The calls share one `catch_unwind`, so that a further receiver costs no more than its call.
#[inline]
pub(crate) fn call_all<C>(
    calls: impl IntoIterator<Item = C>,
    call: impl Fn(C) -> ReceiverResult,
) -> Result<(), Failure> {
    let mut called = 0;
    let run = catch_unwind(AssertUnwindSafe(|| {
        for receiver in calls {
            // Counted before the call, so that a panic is attributed to this receiver.
            called += 1;
            call(receiver)?;
        }
        Ok(())
    }));
    let error = match run {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => ReceiverError::Failed(error),
        Err(panic) => ReceiverError::panicked(panic),
    };
    Err(Failure { receiver: called - 1, error })
}

/// Awaits an async receiver and catches its panic.
pub(crate) async fn contained(future: ReceiverFuture<'_>) -> Result<(), ReceiverError> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(result) => result.map_err(ReceiverError::Failed),
        Err(panic) => Err(ReceiverError::panicked(panic)),
    }
}
