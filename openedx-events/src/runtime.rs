//! Where spawned async receivers run, and what became of them.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

/// No async runtime to run a receiver on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRuntime;

impl fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if cfg!(feature = "tokio") {
            "not started: there is no tokio runtime here; send from inside one, or use send_event_async"
        } else {
            "not started: async receivers are spawned on tokio only; enable the feature `tokio` of openedx-events, or \
             use send_event_async"
        })
    }
}

impl std::error::Error for NoRuntime {}

/// Whether receivers can be spawned from here.
pub(crate) fn is_available() -> Result<(), NoRuntime> {
    #[cfg(feature = "tokio")]
    return tokio::runtime::Handle::try_current().map(drop).map_err(|_| NoRuntime);
    #[cfg(not(feature = "tokio"))]
    Err(NoRuntime)
}

#[cfg(feature = "tokio")]
mod tracked {
    use std::sync::LazyLock;

    use tokio_util::task::TaskTracker;

    /// Closed from the start: waiting then ends whenever nothing runs, and spawning is still allowed.
    static TRACKER: LazyLock<TaskTracker> = LazyLock::new(|| {
        let tracker = TaskTracker::new();
        tracker.close();
        tracker
    });

    pub(super) fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        TRACKER.spawn(future);
    }

    pub(super) async fn wait() {
        TRACKER.wait().await;
    }
}

/// Spawns on the current runtime, which [`is_available`].
pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    COUNTS.started.fetch_add(1, Ordering::Relaxed);
    #[cfg(feature = "tokio")]
    tracked::spawn(future);
    #[cfg(not(feature = "tokio"))]
    drop(future);
}

/// Waits until no spawned receiver runs, of all signals and threads. Call it before the program ends: a runtime that
/// shuts down drops what it was running.
///
/// Receivers that were spawned by a running one are waited for too. Does not block the thread.
pub async fn drain() {
    #[cfg(feature = "tokio")]
    tracked::wait().await;
}

/// How the async receivers that `send_event` spawned have ended, since the program started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpawnedReceivers {
    /// All that were started.
    pub started: u64,
    /// Ended well.
    pub completed: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Ended in a panic.
    pub panicked: u64,
    /// Dropped by the runtime before they ended, as it was shut down.
    pub dropped: u64,
}

#[derive(Default)]
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

/// How the async receivers that `send_event` spawned have ended, since the program started.
pub fn spawned_receivers() -> SpawnedReceivers {
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    SpawnedReceivers {
        started: read(&COUNTS.started),
        completed: read(&COUNTS.completed),
        failed: read(&COUNTS.failed),
        panicked: read(&COUNTS.panicked),
        dropped: read(&COUNTS.dropped),
    }
}

/// The end of a spawned receiver.
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
