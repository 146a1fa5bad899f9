//! Waiting for a future where there may be no runtime.

use std::future::Future;

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
/// What to do instead, if this is inside such a call already.
#[cfg(not(feature = "tokio"))]
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, &'static str> {
    // Asked for first, as `block_on` itself panics there.
    drop(futures_executor::enter().map_err(|_| INSIDE)?);
    Ok(futures_executor::block_on(future))
}
