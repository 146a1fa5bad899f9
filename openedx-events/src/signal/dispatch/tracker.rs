//! Counts the spawned receivers that are running and waits for them: [`Tracker`]. Without tokio there are none.

#[cfg(feature = "tokio")]
pub(crate) use counting::{Running, Tracker, inside};
#[cfg(not(feature = "tokio"))]
pub(crate) use nothing::{Running, Tracker, inside};

#[cfg(feature = "tokio")]
mod counting {
    use std::cell::RefCell;
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    /// Counts spawned receivers.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Tracker(Arc<Counts>);

    #[derive(Debug, Default)]
    struct Counts {
        running: AtomicUsize,
        /// The number of those that wait for the others themselves.
        waiting: AtomicUsize,
        /// Notified when one that is waited for has ended or waits itself.
        changed: Notify,
    }

    /// Counts one spawned receiver as running until it is dropped.
    #[derive(Debug)]
    pub(crate) struct Running {
        /// Of the program, and of the test scope that it is in.
        trackers: [Option<Tracker>; 2],
        /// The number of waits of this receiver.
        waits: AtomicUsize,
    }

    thread_local! {
        /// The spawned receiver that is polled here.
        static INSIDE: RefCell<Option<Arc<Running>>> = const { RefCell::new(None) };
    }

    impl Running {
        pub(crate) fn new(trackers: [Option<Tracker>; 2]) -> Self {
            let running = Self { trackers, waits: AtomicUsize::new(0) };
            for Tracker(counts) in running.trackers() {
                counts.running.fetch_add(1, Ordering::SeqCst);
            }
            running
        }

        fn trackers(&self) -> impl Iterator<Item = &Tracker> {
            self.trackers.iter().flatten()
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            for tracker in self.trackers() {
                tracker.0.running.fetch_sub(1, Ordering::SeqCst);
                tracker.change();
            }
        }
    }

    impl Tracker {
        pub(crate) fn running(&self) -> usize {
            self.0.running.load(Ordering::SeqCst)
        }

        /// Waits until none is running. A receiver that waits here itself waits until no other is running, but for those
        /// that wait as well.
        pub(crate) async fn wait(&self) {
            let waiting = Waiting::here();
            let is_inside = waiting.as_ref().is_some_and(|waiting| waiting.is_of(self));
            loop {
                let mut changed = pin!(self.0.changed.notified());
                // From here on no change is missed.
                changed.as_mut().enable();
                let waited_for = if is_inside { self.others() } else { self.running() };
                if waited_for == 0 {
                    return;
                }
                changed.await;
            }
        }

        /// The number of those that run and do not wait.
        fn others(&self) -> usize {
            self.running().saturating_sub(self.0.waiting.load(Ordering::SeqCst))
        }

        fn change(&self) {
            if self.others() == 0 {
                self.0.changed.notify_waiters();
            }
        }
    }

    /// A wait of a spawned receiver.
    struct Waiting(Arc<Running>);

    impl Waiting {
        /// `None` outside of spawned receivers.
        fn here() -> Option<Self> {
            // A thread that ends may have lost it.
            let receiver = INSIDE.try_with(|inside| inside.borrow().clone()).ok().flatten()?;
            if receiver.waits.fetch_add(1, Ordering::SeqCst) == 0 {
                for tracker in receiver.trackers() {
                    tracker.0.waiting.fetch_add(1, Ordering::SeqCst);
                    tracker.change();
                }
            }
            Some(Self(receiver))
        }

        fn is_of(&self, tracker: &Tracker) -> bool {
            self.0.trackers().any(|each| Arc::ptr_eq(&each.0, &tracker.0))
        }
    }

    impl Drop for Waiting {
        fn drop(&mut self) {
            if self.0.waits.fetch_sub(1, Ordering::SeqCst) == 1 {
                for Tracker(counts) in self.0.trackers() {
                    counts.waiting.fetch_sub(1, Ordering::SeqCst);
                }
            }
        }
    }

    /// The future of a spawned receiver, which is counted here. It ends before it counts as ended, hence the order: also if
    /// it is dropped before it is polled.
    pub(crate) async fn inside(receiver: impl Future<Output = ()>, running: Running) {
        /// Puts back what was there, also if the poll panics.
        struct Outside<'a>(&'a mut Option<Arc<Running>>);

        impl Outside<'_> {
            fn swap(&mut self) {
                let _ = INSIDE.try_with(|inside| std::mem::swap(&mut *inside.borrow_mut(), self.0));
            }
        }

        impl Drop for Outside<'_> {
            fn drop(&mut self) {
                self.swap();
            }
        }

        let mut running = Some(Arc::new(running));
        let mut receiver = pin!(receiver);
        poll_fn(|waker| {
            let mut outside = Outside(&mut running);
            outside.swap();
            receiver.as_mut().poll(waker)
        })
        .await;
    }
}

#[cfg(not(feature = "tokio"))]
mod nothing {
    use std::future::Future;

    #[derive(Clone, Debug, Default)]
    pub(crate) struct Tracker {}

    #[derive(Debug)]
    pub(crate) struct Running {}

    impl Running {
        pub(crate) fn new(_: [Option<Tracker>; 2]) -> Self {
            Self {}
        }
    }

    #[expect(clippy::unused_self, clippy::unused_async, reason = "the shape that it has with tokio")]
    impl Tracker {
        pub(crate) fn running(&self) -> usize {
            0
        }

        pub(crate) async fn wait(&self) {}
    }

    pub(crate) async fn inside(receiver: impl Future<Output = ()>, _: Running) {
        receiver.await;
    }
}
