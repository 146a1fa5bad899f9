//! Calling the receivers of one sending, one after the other, with each failure kept: [`Run`].

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt as _;

use crate::receiver::{ReceiverFuture, ReceiverResult};
use crate::responses::{Failure, ReceiverError};

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

    /// Whether a fail-fast sending has failed.
    pub(crate) fn is_stopped(&self) -> bool {
        self.fail_fast && !self.failures.is_empty()
    }

    /// Calls each receiver of the list, and keeps its error or panic.
    ///
    /// The calls share one `catch_unwind`, which is entered again after a failure: on the way without any, a further
    /// receiver costs its call and nothing else.
    #[inline]
    pub(crate) fn call_each<C>(&mut self, calls: &[C], call: impl Fn(&C) -> ReceiverResult) {
        let mut next = 0;
        while next < calls.len() && !self.is_stopped() {
            let run = catch_unwind(AssertUnwindSafe(|| {
                while let Some(receiver) = calls.get(next) {
                    // Counted before the call, so that a panic is known for this receiver's.
                    next += 1;
                    call(receiver)?;
                }
                Ok(())
            }));
            match run {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.fail(next, ReceiverError::Failed(error)),
                Err(panic) => self.fail(next, panicked(panic)),
            }
        }
        self.reached += next;
    }

    /// The receiver that was called last, `called` of its list, has failed.
    #[cold]
    fn fail(&mut self, called: usize, error: ReceiverError) {
        self.failures.push(Failure { receiver: self.reached + called - 1, error });
    }

    /// Takes the outcome of the next receiver.
    pub(crate) fn push(&mut self, result: Result<(), ReceiverError>) {
        if let Err(error) = result {
            self.fail(1, error);
        }
        self.reached += 1;
    }
}

/// Awaits an async receiver, its panic contained.
pub(crate) async fn contained(future: ReceiverFuture<'_>) -> Result<(), ReceiverError> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(result) => result.map_err(ReceiverError::Failed),
        Err(panic) => Err(panicked(panic)),
    }
}

/// What a caught panic says.
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
