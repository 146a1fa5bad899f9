//! The runtime of the program: `block_on` and `sleep`. Without one, a future is polled by the thread that waits for it.

#[cfg(feature = "async-std")]
pub(crate) use async_std::task::{block_on, sleep};
#[cfg(not(any(feature = "smol", feature = "async-std")))]
pub(crate) use futures_lite::future::block_on;
#[cfg(feature = "smol")]
pub(crate) use smol::block_on;

#[cfg(feature = "smol")]
pub(crate) async fn sleep(time: std::time::Duration) {
    smol::Timer::after(time).await;
}

#[cfg(not(any(feature = "smol", feature = "async-std")))]
pub(crate) async fn sleep(_: std::time::Duration) {
    futures_lite::future::yield_now().await;
}
