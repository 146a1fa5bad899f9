//! Waiting for a future where there may be no runtime.

use std::future::Future;

#[cfg(feature = "tokio")]
const INSIDE: &str = "inside an async runtime `send` has to be awaited: call \
                      `openedx_events::cli::run_async(…).await` in place of `run`";

/// Runs a future to its end in a runtime of its own.
///
/// # Errors
///
/// What to do instead, if this is inside a runtime already, which cannot be blocked.
#[cfg(feature = "tokio")]
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, &'static str> {
    use tokio::runtime::{Builder, Handle};

    if Handle::try_current().is_ok() {
        return Err(INSIDE);
    }
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => Ok(runtime.block_on(future)),
        Err(_) => Err("the system has no resources for an async runtime"),
    }
}

/// Runs a future to its end on this thread.
///
/// # Errors
///
/// None: without the feature `tokio` nothing tells whether this is inside a runtime.
#[cfg(not(feature = "tokio"))]
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, &'static str> {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return Ok(value),
            Poll::Pending => thread::park(),
        }
    }
}
