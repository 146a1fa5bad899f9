//! Waking those who wait for a consumer: [`Waiters`].

use std::pin::pin;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::sync;

/// Those who wait for a consumer to end or to stop, on threads or in futures.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    lock: Mutex<()>,
    threads: Condvar,
    futures: Notify,
}

/// How often a thread that waits looks by itself. What ends under the lock of a window wakes only a little later.
const LOOK: Duration = Duration::from_millis(50);

impl Waiters {
    /// Wakes all of them. To be called without a lock: what is woken is foreign code.
    pub(super) fn wake(&self) {
        // Whoever has just looked waits by now.
        drop(sync::lock(&self.lock));
        self.threads.notify_all();
        self.futures.notify_waiters();
    }

    /// Blocks until the condition holds, at most until the deadline. Returns whether it holds.
    pub(super) fn block(&self, deadline: Instant, condition: impl Fn() -> bool) -> bool {
        let mut guard = sync::lock(&self.lock);
        loop {
            if condition() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            guard = sync::wait_timeout(&self.threads, guard, left.min(LOOK));
        }
    }

    /// Waits until the condition holds.
    pub(super) async fn wait(&self, condition: impl Fn() -> bool) {
        loop {
            let mut woken = pin!(self.futures.notified());
            // A change after the look is not missed.
            woken.as_mut().enable();
            if condition() {
                return;
            }
            woken.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::FutureExt as _;

    use super::*;
    use crate::bus::retry::deadline;

    #[test]
    fn a_thread_waits_until_the_condition_holds_or_the_deadline() {
        let (waiters, holds) = (Waiters::default(), AtomicBool::new(false));
        let condition = || holds.load(Ordering::SeqCst);
        assert!(!waiters.block(Instant::now() + Duration::from_millis(20), condition));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| waiters.block(deadline::after(Duration::MAX), condition));
            holds.store(true, Ordering::SeqCst);
            waiters.wake();
            assert!(waiting.join().expect("no panic"));
        });
    }

    #[test]
    fn a_future_is_woken_and_looks_again() {
        let (waiters, holds) = (Waiters::default(), AtomicBool::new(false));
        let mut waiting = Box::pin(waiters.wait(|| holds.load(Ordering::SeqCst)));
        assert!(waiting.as_mut().now_or_never().is_none());
        waiters.wake();
        assert!(waiting.as_mut().now_or_never().is_none(), "the condition does not hold");
        holds.store(true, Ordering::SeqCst);
        waiters.wake();
        assert!(waiting.now_or_never().is_some());
    }
}
