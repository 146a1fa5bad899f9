//! A consumer that runs: [`RunningConsumer`].

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::LOG;
use super::report::{ConsumerReport, Counts};
use super::shared::Shared;
use super::stop_error::StopError;
use super::window::End;

/// How long a consumer may take to stop, unless another time is given.
pub(super) const DRAIN: Duration = Duration::from_secs(25);

/// How often a consumer of several topics looks whether one of them has ended.
const LOOK: Duration = Duration::from_millis(50);

/// A consumer that runs on its own threads until it is stopped or cannot go on.
///
/// Dropping it stops it as [`stop`](Self::stop) does, with a deadline of 25 seconds.
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::{self, EventConsumer, Message, Topic};
/// use openedx_events::{receiver, signal};
///
/// /// Sent when a letter was posted.
/// #[signal("org.example.post.letter.posted.v1")]
/// pub struct LetterPosted {
///     pub grams: i64,
/// }
///
/// #[receiver(LETTER_POSTED)]
/// fn weigh(grams: i64) {
///     println!("{grams} g");
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let bus = bus::open("memory:")?;
///     let topic = Topic::new("letters")?;
///     let message = Message::of_event(&LetterPosted { grams: 20 }, &LETTER_POSTED.generate_metadata())?;
///     bus.producer()?.publish(&topic, &[message])?;
///
///     let running = EventConsumer::new(bus, "sorting-office").topic(topic).start()?;
///     while running.report().done < 1 {
///         // `true` if the consumer has ended by itself: then `stop` returns the error.
///         if running.wait(Duration::from_millis(10)) {
///             break;
///         }
///     }
///     assert!(running.is_ready());
///     assert_eq!(running.in_flight(), 0);
///     let report = running.stop(Duration::from_secs(5))?;
///     assert_eq!((report.done, report.dead_letters()), (1, 0));
///     Ok(())
/// }
/// ```
#[must_use = "the consumer stops when this is dropped"]
pub struct RunningConsumer {
    topics: Vec<Arc<Shared>>,
    threads: Vec<thread::JoinHandle<()>>,
    counts: Arc<Counts>,
    is_stopped: bool,
    runtime: Option<Runtime>,
}

impl RunningConsumer {
    /// A consumer of these topics without threads yet. It owns the runtime, if one is given.
    pub(super) fn new(topics: Vec<Arc<Shared>>, counts: Arc<Counts>, runtime: Option<Runtime>) -> Self {
        Self { topics, threads: Vec::new(), counts, is_stopped: false, runtime }
    }

    pub(super) fn topics(&self) -> Vec<Arc<Shared>> {
        self.topics.clone()
    }

    /// Waits for this thread at the end.
    pub(super) fn add_thread(&mut self, thread: thread::JoinHandle<()>) {
        self.threads.push(thread);
    }

    /// What the consumer has done so far.
    pub fn report(&self) -> ConsumerReport {
        self.counts.report()
    }

    /// Whether the bus answers and no receiver is stuck; for a readiness probe.
    pub fn is_ready(&self) -> bool {
        self.topics.iter().all(|topic| topic.is_ready())
    }

    /// Whether the consumer has ended by itself; [`stop`](Self::stop) then returns why.
    pub fn has_ended(&self) -> bool {
        self.topics.iter().any(|topic| topic.window().has_ended())
    }

    /// The number of entries in flight: read, and neither done nor dead-lettered.
    pub fn in_flight(&self) -> usize {
        self.topics.iter().map(|topic| topic.window().in_flight()).sum()
    }

    /// Blocks until the consumer ends by itself, at most for the time `max`. Returns whether it has ended.
    pub fn wait(&self, max: Duration) -> bool {
        let started = Instant::now();
        while !self.has_ended() {
            let left = max.saturating_sub(started.elapsed());
            let Some(first) = self.topics.first().filter(|_| !left.is_zero()) else { return false };
            first.window().wait_for_change(left.min(LOOK));
        }
        true
    }

    /// Stops the consumer: begins no more entries, waits for the receivers that run, acknowledges what is done and releases
    /// the rest to the group. Blocks until then, at most for the time `drain`.
    ///
    /// # Errors
    ///
    /// Why the consumer has ended by itself; or receivers still ran at the deadline, and their events are redelivered.
    pub fn stop(mut self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.end(drain)
    }

    fn end(&mut self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.is_stopped = true;
        let now = Instant::now();
        let deadline = now.checked_add(drain).unwrap_or(now + FOREVER);
        for topic in &self.topics {
            topic.stop();
        }
        let running = self.topics.iter().map(|topic| topic.drain(deadline)).sum();
        // Of several topics the first one that did not just complete.
        let mut ends: Vec<_> = self.topics.iter().filter_map(|topic| topic.window().take_end()).collect();
        ends.retain(|end| !matches!(end, End::Complete));
        let end = ends.into_iter().next();
        if running == 0 && !matches!(end, Some(End::Stuck { .. })) {
            for thread in self.threads.drain(..) {
                // Every panic of a thread is caught on it.
                let _ = thread.join();
            }
            for topic in &self.topics {
                topic.release_late();
            }
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        match end {
            Some(End::Bus(error)) => Err(StopError::Bus(error)),
            Some(End::TooManyErrors(in_a_row)) => Err(StopError::TooManyErrors { in_a_row }),
            Some(End::Stuck { receiver, after }) => Err(StopError::Stuck { receiver, after }),
            Some(End::Complete) | None if running > 0 => Err(StopError::Unfinished { receivers: running }),
            Some(End::Complete) | None => Ok(self.report()),
        }
    }
}

/// Longer than any process runs, for a deadline that the clock has no time for.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Drop for RunningConsumer {
    fn drop(&mut self) {
        if !self.is_stopped
            && let Err(error) = self.end(DRAIN)
        {
            tracing::error!(target: LOG, %error, "the consumer was dropped and did not stop cleanly");
        }
    }
}

impl fmt::Debug for RunningConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let topics: Vec<_> = self.topics.iter().map(|topic| topic.topic()).collect();
        f.debug_struct("RunningConsumer").field("topics", &topics).finish_non_exhaustive()
    }
}
