//! Where spawned async receivers run, and how many of them ended how.

use std::future::Future;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether receivers can be spawned from here.
pub(crate) fn is_available() -> bool {
    #[cfg(feature = "tokio")]
    return tokio::runtime::Handle::try_current().is_ok();
    #[cfg(not(feature = "tokio"))]
    false
}

/// Counts the spawned receivers that are running and waits for them. Without tokio there are none.
#[derive(Debug)]
pub(crate) struct Tracker {
    #[cfg(feature = "tokio")]
    tasks: tokio_util::task::TaskTracker,
}

/// Counts one spawned receiver as running until this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    #[cfg(feature = "tokio")]
    _token: tokio_util::task::task_tracker::TaskTrackerToken,
}

#[cfg(feature = "tokio")]
impl Tracker {
    pub(crate) fn new() -> Self {
        let tasks = tokio_util::task::TaskTracker::new();
        // Closed from the start: `wait` then returns whenever nothing runs, and tracking is still allowed.
        tasks.close();
        Self { tasks }
    }

    pub(crate) fn track(&self) -> Running {
        Running { _token: self.tasks.token() }
    }

    pub(crate) fn running(&self) -> usize {
        self.tasks.len()
    }

    pub(crate) async fn wait(&self) {
        self.tasks.wait().await;
    }
}

#[cfg(not(feature = "tokio"))]
#[expect(clippy::unused_self, clippy::unused_async, reason = "the shape that it has with tokio")]
impl Tracker {
    pub(crate) fn new() -> Self {
        Self {}
    }

    pub(crate) fn track(&self) -> Running {
        Running {}
    }

    pub(crate) fn running(&self) -> usize {
        0
    }

    pub(crate) async fn wait(&self) {}
}

/// The spawned receivers of the whole program.
static SPAWNED: LazyLock<Tracker> = LazyLock::new(Tracker::new);

/// Spawns on the current runtime. One [`is_available`].
pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    COUNTS.started.fetch_add(1, Ordering::Relaxed);
    #[cfg(feature = "tokio")]
    SPAWNED.tasks.spawn(future);
    #[cfg(not(feature = "tokio"))]
    drop(future);
}

/// Waits until no spawned receiver is running, of all signals and threads. Await it before the program ends: a runtime
/// that shuts down drops the receivers that are still running.
///
/// It also waits for receivers that a running one spawns. Does not block the thread, and returns at once if nothing was
/// spawned.
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
    SPAWNED.wait().await;
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
