//! Fixtures that the test binaries share.
//!
//! Under `cargo test` the tests of one binary share a process, under nextest each has its own. So that both give the
//! same results, every test declares signals of its own, and what is shared here keeps the tests apart by their event types.

pub mod conformance;
pub mod console;
#[cfg(doctest)]
mod doc_pages;
pub mod faulty;
pub mod logs;
#[cfg(test)]
mod page_checks;
pub mod proxy;
pub mod random;
pub mod redis_server;
pub mod spans;

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use openedx_events::bus::{ParkedId, ParkedStart};
use openedx_events::{Responses, Status};

/// The time after which a test counts as stuck. Far more than a busy machine needs.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// Starts of parked events that were not started before.
#[must_use]
pub fn first_starts(events: &[ParkedId]) -> Vec<ParkedStart> {
    events.iter().map(|id| ParkedStart { id: *id, starts: 0, size: 0 }).collect()
}

/// Waits until the condition holds.
///
/// # Panics
///
/// It does not within [`DEADLINE`].
#[track_caller]
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "waited too long until {what}");
        thread::yield_now();
    }
}

/// Runs something that must not hang, on a thread of its own.
///
/// # Panics
///
/// It panics itself, or takes longer than [`DEADLINE`].
#[track_caller]
pub fn finishes<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        // Nobody listens if the deadline has passed.
        let _ = sender.send(run());
    });
    match receiver.recv_timeout(DEADLINE) {
        Ok(value) => value,
        Err(RecvTimeoutError::Timeout) => panic!("not finished within {DEADLINE:?}: a deadlock?"),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(()) => unreachable!("the thread sends before it ends"),
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

/// Awaits something that must not hang.
///
/// # Panics
///
/// It takes longer than [`DEADLINE`].
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.expect("waited too long for a future")
}

/// Drives a future without any async runtime.
///
/// # Panics
///
/// It takes longer than [`DEADLINE`].
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    let start = Instant::now();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        assert!(start.elapsed() < DEADLINE, "a future was not ready in time");
        thread::park_timeout(DEADLINE);
    }
}

/// What receivers did, in order. Receivers are functions, so each test has one of these in a static.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Vec<String>>);

impl Journal {
    /// An empty one.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Adds a line.
    pub fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
    }

    /// Takes all lines out.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The function names of the receivers of a send, in order.
pub fn names(responses: &Responses) -> Vec<&str> {
    responses.iter().map(|response| response.receiver.path.rsplit("::").next().unwrap_or_default()).collect()
}

/// The status of each receiver, in order; `None` for one that failed.
pub fn statuses(responses: &Responses) -> Vec<Option<Status>> {
    responses.iter().map(|response| response.result.ok()).collect()
}

/// The message of a panic.
///
/// # Panics
///
/// `run` does not panic, or not with text.
#[track_caller]
pub fn panic_of(run: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).expect_err("no panic");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with text")).to_owned(),
    }
}
