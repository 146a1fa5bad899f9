//! Where spawned async receivers run, and what became of them.

use std::fmt;
use std::future::Future;
use std::sync::LazyLock;
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

/// Knows how many spawned receivers run, and waits for their end. Without tokio none ever does.
#[derive(Debug)]
pub(crate) struct Tracker {
    #[cfg(feature = "tokio")]
    tasks: tokio_util::task::TaskTracker,
}

/// One spawned receiver that runs, until this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    #[cfg(feature = "tokio")]
    _token: tokio_util::task::task_tracker::TaskTrackerToken,
}

#[cfg(feature = "tokio")]
impl Tracker {
    pub(crate) fn new() -> Self {
        let tasks = tokio_util::task::TaskTracker::new();
        // Closed from the start: waiting then ends whenever nothing runs, and tracking is still allowed.
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

/// Spawns on the current runtime, which [`is_available`].
pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    COUNTS.started.fetch_add(1, Ordering::Relaxed);
    #[cfg(feature = "tokio")]
    SPAWNED.tasks.spawn(future);
    #[cfg(not(feature = "tokio"))]
    drop(future);
}

/// Waits until no spawned receiver runs, of all signals and threads. Call it before the program ends: a runtime that
/// shuts down drops what it was running.
///
/// Receivers that were spawned by a running one are waited for too. Does not block the thread.
pub async fn drain() {
    SPAWNED.wait().await;
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
