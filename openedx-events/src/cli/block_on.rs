//! Blocking on a future with or without an async runtime.

use std::future::Future;

const INSIDE: &str = "`send` cannot block inside an async runtime: call \
                      `openedx_events::cli::run_async(…).await` instead of `run`";

/// Runs a future to completion in a new runtime.
///
/// # Errors
///
/// A message, if this is called inside a runtime, which must not be blocked.
#[cfg(feature = "tokio")]
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, &'static str> {
    use tokio::runtime::{Builder, Handle};

    if Handle::try_current().is_ok() {
        return Err(INSIDE);
    }
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => Ok(runtime.block_on(future)),
        Err(_) => Err("cannot start an async runtime"),
    }
}

/// Runs a future to completion on this thread.
///
/// # Errors
///
/// A message, if this is called inside another `block_on`.
#[cfg(not(feature = "tokio"))]
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, &'static str> {
    // Checked first, because `futures_executor::block_on` would panic.
    drop(futures_executor::enter().map_err(|_| INSIDE)?);
    Ok(futures_executor::block_on(future))
}
