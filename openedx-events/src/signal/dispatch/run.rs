//! Calls the receivers of one send and keeps each failure: [`Run`], and [`Contained`] for an async one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as Waking, Poll};

use crate::panics;
use crate::receiver::error::ReceiverError;
use crate::receiver::{ReceiverFuture, ReceiverInfo, ReceiverResult};

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

/// An async receiver of an event. Its panics are caught, and also those of its drop before it has ended.
pub(crate) struct Contained<'a> {
    /// `None` once it has ended.
    future: Option<ReceiverFuture<'a>>,
    event_type: &'static str,
    receiver: &'a ReceiverInfo,
}

impl<'a> Contained<'a> {
    pub(crate) fn new(
        future: ReceiverFuture<'a>,
        event_type: &'static str,
        receiver: &'a ReceiverInfo,
    ) -> Self {
        Self { future: Some(future), event_type, receiver }
    }
}

impl Future for Contained<'_> {
    type Output = Result<(), ReceiverError>;

    fn poll(mut self: Pin<&mut Self>, waker: &mut Waking<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let result = match panics::catch(|| future.as_mut().poll(waker)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => result.map_err(ReceiverError::Failed),
            Err(message) => Err(ReceiverError::Panicked(message)),
        };
        // What it leaves behind, after a panic above all.
        let dropped = panics::catch(|| self.future = None);
        Poll::Ready(result.and(dropped.map_err(ReceiverError::Panicked)))
    }
}

impl Drop for Contained<'_> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take()
            && let Err(message) = panics::catch(|| drop(future))
        {
            tracing::error!(
                event_type = self.event_type,
                receiver = %self.receiver,
                panic = &*message,
                "a receiver panicked when it was dropped before it ended"
            );
        }
    }
}
