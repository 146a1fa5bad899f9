//! One topic of a consumer that runs: [`RunningTopic`].

use std::sync::{Arc, Weak};
use std::thread;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::shared::Shared;
use super::window::End;
use crate::bus::observe::live::{self, Live};

/// A topic that is consumed, and the threads that do so.
pub(super) struct RunningTopic {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// How a topic has stopped.
pub(super) struct Stopped {
    /// The number of receivers that still run.
    pub(super) running: usize,
    /// The number of entries that are done and could not be acknowledged.
    pub(super) unacknowledged: usize,
    /// Why it has ended by itself, if it has.
    pub(super) end: Option<End>,
}

/// The longest time between two looks whether a thread has ended.
const LOOK: Duration = Duration::from_millis(20);

impl RunningTopic {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        live::add(Arc::downgrade(&shared) as Weak<dyn Live>);
        Self { shared, threads: Vec::new() }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Waits for this thread at the end.
    pub(super) fn add_thread(&mut self, thread: JoinHandle<()>) {
        self.threads.push(thread);
    }

    /// Begins no more entries, waits for the receivers that run, at most until `receivers`, acknowledges what is done,
    /// releases the rest, and leaves the group.
    pub(super) fn stop(self, receivers: Instant, deadline: Instant) -> Stopped {
        let Self { shared, threads } = self;
        shared.stop(deadline);
        let (running, mut unacknowledged) = shared.drain(receivers, deadline);
        let end = shared.window().take_end();
        if running == 0 && !matches!(end, Some(End::Stuck { .. })) {
            for thread in threads {
                join(thread, deadline);
            }
            // What a read has brought meanwhile, and what the upkeep could not acknowledge.
            unacknowledged += shared.drain(deadline, deadline).1;
        }
        Stopped { running, unacknowledged, end }
    }
}

/// Waits until a thread has ended, or until the deadline.
fn join(thread: JoinHandle<()>, deadline: Instant) {
    let mut look = Duration::from_micros(100);
    while !thread.is_finished() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::sleep(look.min(left));
        look = LOOK.min(look * 2);
    }
    // Every panic of a thread is caught on it.
    let _ = thread.join();
}
