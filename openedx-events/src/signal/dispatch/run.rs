//! Calling the receivers of one sending, one after the other, with each failure kept: [`Run`].

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt as _;

use crate::receiver::{ReceiverFuture, ReceiverResult};
use crate::signal::responses::{Failure, ReceiverError};

/// The calls of one sending so far.
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

    /// A run in which one receiver has failed, and none before it.
    pub(crate) fn after(failure: Failure, fail_fast: bool) -> Self {
        Self { reached: failure.receiver + 1, failures: vec![failure], fail_fast }
    }

    /// Whether a fail-fast sending has failed.
    pub(crate) fn is_stopped(&self) -> bool {
        self.fail_fast && !self.failures.is_empty()
    }

    /// Calls the next `count` receivers, each by its number among them, and keeps its error or panic.
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

    /// Takes the outcome of the next receiver.
    pub(crate) fn push(&mut self, result: Result<(), ReceiverError>) {
        if let Err(error) = result {
            self.failures.push(Failure { receiver: self.reached, error });
        }
        self.reached += 1;
    }
}

/// Calls each receiver of the list until one fails, with an error or a panic.
///
/// The calls share one `catch_unwind`, so that a further receiver costs its call and nothing else.
#[inline]
pub(crate) fn call_all<C>(
    calls: impl IntoIterator<Item = C>,
    call: impl Fn(C) -> ReceiverResult,
) -> Result<(), Failure> {
    let mut called = 0;
    let run = catch_unwind(AssertUnwindSafe(|| {
        for receiver in calls {
            // Counted before the call, so that a panic is known for this receiver's.
            called += 1;
            call(receiver)?;
        }
        Ok(())
    }));
    let error = match run {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => ReceiverError::Failed(error),
        Err(panic) => panicked(panic),
    };
    Err(Failure { receiver: called - 1, error })
}

/// Awaits an async receiver, its panic contained.
pub(crate) async fn contained(future: ReceiverFuture<'_>) -> Result<(), ReceiverError> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(result) => result.map_err(ReceiverError::Failed),
        Err(panic) => Err(panicked(panic)),
    }
}

/// What a caught panic says.
#[cold]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> ReceiverError {
    let message = match panic.downcast::<String>() {
        Ok(message) => Cow::Owned(*message),
        Err(panic) => match panic.downcast::<&'static str>() {
            Ok(message) => Cow::Borrowed(*message),
            Err(panic) => {
                // Dropping a payload of the receiver's own type may panic again, out of reach of the first catch.
                if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
                    std::mem::forget(again);
                }
                Cow::Borrowed("with a value that is not text")
            }
        },
    };
    ReceiverError::Panicked(message)
}
