//! The stop of a consumer that runs: [`Stopping`].

use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Weak, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::running_topic::{RunningTopic, Stopped};
use super::shared::Shared;
use super::stop_error::StopError;
use super::window::End;

/// How long a consumer may take to stop, unless another time is given.
pub(super) const DRAIN: Duration = Duration::from_secs(25);

/// The time before the deadline in which entries are acknowledged and released, and receivers run no more.
const HAND_BACK: Duration = Duration::from_millis(500);
/// How much later than the deadline a topic may stop.
const GRACE: Duration = Duration::from_millis(200);
/// After this time it is said what a stop waits for.
const LONG_STOP: Duration = Duration::from_secs(3);
/// How often to look whether it is time to say so.
const LOOK: Duration = Duration::from_millis(50);

/// What is to be stopped, and until when.
pub(super) struct Stopping {
    topics: Vec<RunningTopic>,
    runtime: Option<Runtime>,
    /// Until when receivers may run.
    receivers: Instant,
    deadline: Instant,
}

impl Stopping {
    /// Begins to stop: no more entries are begun.
    pub(super) fn begin(
        topics: Vec<RunningTopic>,
        runtime: Option<Runtime>,
        drain: Duration,
        deadline: Instant,
    ) -> Self {
        for topic in &topics {
            topic.shared().window().stop();
        }
        let receivers = deadline.checked_sub(HAND_BACK.min(drain / 5)).unwrap_or_else(Instant::now);
        Self { topics, runtime, receivers, deadline }
    }

    /// The topics, which this does not keep alive.
    pub(super) fn topics(&self) -> Vec<Weak<Shared>> {
        self.topics.iter().map(|topic| Arc::downgrade(topic.shared())).collect()
    }

    /// Waits for the receivers that run, acknowledges what is done and releases the rest. Returns why the consumer has
    /// not ended or stopped well.
    pub(super) fn finish(self) -> Result<(), StopError> {
        let stopped = stop_all(self.topics, self.receivers, self.deadline);
        if let Some(runtime) = self.runtime {
            runtime.shutdown_background();
        }
        let running: usize = stopped.iter().flatten().map(|topic| topic.running).sum();
        let unacknowledged: usize = stopped.iter().flatten().map(|topic| topic.unacknowledged).sum();
        let is_silent = stopped.iter().any(Option::is_none);
        // Of several topics the first one that did not just complete.
        let ends = stopped.into_iter().flatten().filter_map(|topic| topic.end);
        let end = ends.into_iter().find_map(End::into_error);
        match end {
            Some(error) => Err(error),
            None if running > 0 => Err(StopError::Unfinished { receivers: running }),
            None if unacknowledged > 0 => Err(StopError::Unacknowledged { entries: Some(unacknowledged) }),
            None if is_silent => Err(StopError::Unacknowledged { entries: None }),
            None => Ok(()),
        }
    }
}

/// Stops topics side by side. `None` for one that does not stop in time, as the bus does not answer.
fn stop_all(topics: Vec<RunningTopic>, receivers: Instant, deadline: Instant) -> Vec<Option<Stopped>> {
    let started = Instant::now();
    let stops: Vec<_> = topics
        .into_iter()
        .map(|topic| {
            let (sender, stopped) = mpsc::channel();
            let shared = Arc::downgrade(topic.shared());
            let stop = move || {
                // Nobody listens any more after the deadline.
                let _ = sender.send(topic.stop(receivers, deadline));
            };
            // Without a thread more, the topic ends with the process: its entries are claimed by others.
            let thread = thread::Builder::new().name("events-stop".to_owned()).spawn(stop);
            (shared, thread.is_ok().then_some(stopped))
        })
        .collect();
    let mut is_said = false;
    let end = deadline + GRACE;
    let wait = |(shared, stopped): (Weak<Shared>, Option<mpsc::Receiver<Stopped>>)| {
        let stopped = stopped?;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match stopped.recv_timeout(left.min(LOOK)) {
                Ok(stopped) => return Some(stopped),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                Err(_) => return None,
            }
            if !is_said && started.elapsed() > LONG_STOP {
                is_said = true;
                if let Some(shared) = shared.upgrade() {
                    shared.log_what_a_stop_waits_for();
                }
            }
        }
    };
    stops.into_iter().map(wait).collect()
}
