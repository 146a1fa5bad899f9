//! Where spawned async receivers run, and how many of them ended how.

use std::future::Future;
#[cfg(feature = "tokio")]
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "tokio")]
use arc_swap::ArcSwapOption;

use super::tracker::{Running, Tracker};
#[cfg(feature = "tokio")]
use crate::process::Process;

/// Whether receivers can be spawned from here.
pub(crate) fn is_available() -> bool {
    #[cfg(feature = "tokio")]
    return tokio::runtime::Handle::try_current().is_ok();
    #[cfg(not(feature = "tokio"))]
    false
}

/// The spawned receivers of the whole program. Those that ran when it was forked run in the other process.
fn spawned() -> Tracker {
    #[cfg(feature = "tokio")]
    {
        static SPAWNED: ArcSwapOption<(Process, Tracker)> = ArcSwapOption::const_empty();

        let of_process = |spawned: &Option<Arc<(Process, Tracker)>>| {
            let (process, tracker) = spawned.as_deref()?;
            process.is_this().then(|| tracker.clone())
        };
        if let Some(tracker) = of_process(&SPAWNED.load()) {
            return tracker;
        }
        let new = Tracker::default();
        let renewed = Arc::new((Process::this(), new.clone()));
        // Another thread may be first.
        SPAWNED.rcu(
            |spawned| {
                if of_process(spawned).is_some() { spawned.clone() } else { Some(Arc::clone(&renewed)) }
            },
        );
        of_process(&SPAWNED.load()).unwrap_or(new)
    }
    #[cfg(not(feature = "tokio"))]
    Tracker::default()
}

/// Counts a receiver that is about to be spawned, also in the test scope that it is in.
pub(super) fn track(scope: Option<&Tracker>) -> Running {
    Running::new([Some(spawned()), scope.cloned()])
}

/// Spawns on the current runtime. One [`is_available`].
pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    COUNTS.started.fetch_add(1, Ordering::Relaxed);
    #[cfg(feature = "tokio")]
    tokio::spawn(future);
    #[cfg(not(feature = "tokio"))]
    drop(future);
}

/// Waits until no spawned receiver is running, of all signals and threads. Await it before the program ends: a runtime
/// that shuts down drops the receivers that are still running.
///
/// It also waits for receivers that a running one spawns; receivers that spawn each other in a circle never end, and are not
/// refused as those that call each other are. Does not block the thread, and returns at once if nothing was spawned.
///
/// A spawned receiver that awaits this does not wait for itself, nor for others that await it too. Those who await this
/// outside of receivers wait for them all. A task that a receiver has spawned itself counts as outside: a receiver that
/// waits for a task that waits here waits for ever.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// use openedx_events::{drain, receiver, signal};
///
/// /// Sent when an order was placed.
/// #[signal("org.example.shop.order.placed.v1")]
/// pub struct OrderPlaced {
///     pub number: i64,
/// }
///
/// #[receiver(ORDER_PLACED)]
/// async fn send_an_email(number: i64) {
///     println!("order {number}");
/// }
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     // Returns before the receiver has run.
///     ORDER_PLACED.send_event(7);
///     drain().await;
/// });
/// assert_eq!(openedx_events::spawn_metrics().completed, 1);
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn drain() {
    spawned().wait().await;
}

/// The number of async receivers that `send_event` spawned since the program started, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpawnMetrics {
    /// Started.
    pub started: u64,
    /// Ended without an error.
    pub completed: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Panicked.
    pub panicked: u64,
    /// Dropped by the runtime before they ended, because it was shut down.
    pub dropped: u64,
}

struct Counts {
    started: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    dropped: AtomicU64,
}

static COUNTS: Counts = Counts {
    started: AtomicU64::new(0),
    completed: AtomicU64::new(0),
    failed: AtomicU64::new(0),
    panicked: AtomicU64::new(0),
    dropped: AtomicU64::new(0),
};

/// Returns the number of async receivers that `send_event` spawned since the program started, by outcome.
pub fn spawn_metrics() -> SpawnMetrics {
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    SpawnMetrics {
        started: read(&COUNTS.started),
        completed: read(&COUNTS.completed),
        failed: read(&COUNTS.failed),
        panicked: read(&COUNTS.panicked),
        dropped: read(&COUNTS.dropped),
    }
}

/// How a spawned receiver ended.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Completed,
    Failed,
    Panicked,
    Dropped,
}

impl End {
    pub(crate) fn count(self) {
        let count = match self {
            Self::Completed => &COUNTS.completed,
            Self::Failed => &COUNTS.failed,
            Self::Panicked => &COUNTS.panicked,
            Self::Dropped => &COUNTS.dropped,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}
