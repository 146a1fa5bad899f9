//! What runs the receivers of a command, with or without an async runtime: [`Executor`].

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const INSIDE: &str = "`send` cannot block inside an async runtime: call \
                      `openedx_events::cli::run_async(…).await` instead of `run`";

/// What runs the receivers of a command.
pub(super) enum Executor {
    /// Whoever polls the command.
    Caller,
    /// This thread, which blocks.
    Own(Own),
}

#[cfg(feature = "tokio")]
pub(super) struct Own(tokio::runtime::Runtime);

#[cfg(not(feature = "tokio"))]
pub(super) struct Own(());

impl Executor {
    /// Runs a command that waits only by [`wait`](Self::wait), and blocks this thread until it has ended.
    ///
    /// # Errors
    ///
    /// A message, if this is called inside a runtime, which must not be blocked.
    pub(super) fn run<T>(command: impl AsyncFnOnce(&Self) -> T) -> Result<T, &'static str> {
        let executor = Self::Own(Own::new()?);
        match first_poll(pin!(command(&executor))) {
            Poll::Ready(ended) => Ok(ended),
            Poll::Pending => unreachable!("the executor blocks until what it waits for is ready"),
        }
    }

    /// Waits for what a send does.
    pub(super) async fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        match self {
            Self::Caller => future.await,
            Self::Own(own) => own.block_on(future),
        }
    }
}

#[cfg(feature = "tokio")]
impl Own {
    fn new() -> Result<Self, &'static str> {
        use tokio::runtime::{Builder, Handle};

        if Handle::try_current().is_ok() {
            return Err(INSIDE);
        }
        // With threads of its own: a sync receiver may wait for a task while this thread does nothing else.
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).thread_name("events-runtime").enable_all().build();
        runtime.map(Self).map_err(|_| "cannot start an async runtime")
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        // Sync receivers run in the first poll. They may spawn, and block on futures, which the runtime forbids inside.
        let inside = self.0.enter();
        let first = first_poll(future.as_mut());
        drop(inside);
        match first {
            Poll::Ready(value) => value,
            Poll::Pending => self.0.block_on(future),
        }
    }
}

#[cfg(not(feature = "tokio"))]
impl Own {
    fn new() -> Result<Self, &'static str> {
        // Checked first, because `futures_executor::block_on` would panic.
        drop(futures_executor::enter().map_err(|_| INSIDE)?);
        Ok(Self(()))
    }

    #[expect(clippy::unused_self, reason = "the shape that it has with tokio")]
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        // Sync receivers run in the first poll. They may block on futures, which another executor forbids inside.
        match first_poll(future.as_mut()) {
            Poll::Ready(value) => value,
            Poll::Pending => futures_executor::block_on(future),
        }
    }
}

/// Nobody is woken: the next poll comes at once, if there is one.
fn first_poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
