//! A consumer that runs: [`RunningConsumer`].

use std::fmt;
use std::future::Future;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Weak, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::select_all;
use tokio::runtime::Runtime;

use super::LOG;
use super::circuits::Circuits;
use super::health::Health;
use super::report::{ConsumerReport, Counts};
use super::running_topic::{RunningTopic, Stopped};
use super::shared::{OverTopics, Shared};
use super::stop_error::StopError;
use super::window::End;
use crate::bus::background;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::retry::deadline;
use crate::process::Process;

/// How long a consumer may take to stop, unless another time is given.
pub(super) const DRAIN: Duration = Duration::from_secs(25);

/// How often a consumer of several topics looks whether one of them has ended.
const LOOK: Duration = Duration::from_millis(50);

/// A consumer that runs on its own threads until it is stopped or cannot go on.
///
/// Dropping it stops it as [`stop`](Self::stop) does, with a deadline of 25 seconds, and blocks until then. On a thread of an
/// async runtime, await [`stop_async`](Self::stop_async) instead.
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
    topics: Vec<RunningTopic>,
    counts: Arc<Counts>,
    circuits: Arc<Circuits>,
    is_stopped: bool,
    runtime: Option<Runtime>,
    /// The process of its threads.
    process: Process,
}

impl RunningConsumer {
    /// A consumer of these topics. It owns the runtime, if one is given.
    pub(super) fn new(topics: Vec<RunningTopic>, over_topics: OverTopics, runtime: Option<Runtime>) -> Self {
        let OverTopics { counts, circuits, .. } = over_topics;
        Self { topics, counts, circuits, is_stopped: false, runtime, process: Process::this() }
    }

    pub(super) fn topics_mut(&mut self) -> &mut [RunningTopic] {
        &mut self.topics
    }

    fn shared(&self) -> impl Iterator<Item = &Arc<Shared>> {
        self.topics.iter().map(RunningTopic::shared)
    }

    /// What the consumer has done so far.
    pub fn report(&self) -> ConsumerReport {
        self.counts.report()
    }

    /// Whether the bus answers, no receiver is stuck and every topic is read; for a readiness probe. A topic stands still when
    /// all that may be in flight waits for receivers that fail or do not return; a receiver that fails alone does not make the
    /// consumer unready, as a restart would not help. [`health`](Self::health) says more.
    pub fn is_ready(&self) -> bool {
        self.process.is_this() && self.shared().all(|topic| topic.is_ready())
    }

    /// Whether the consumer is ready and why not, and the receivers that do not work.
    pub fn health(&self) -> Health {
        if !self.process.is_this() {
            return Health { reasons: vec![Process::without_threads("consumer")], ..Health::default() };
        }
        Health::of(self.shared(), &self.circuits)
    }

    /// Whether the consumer has ended by itself; [`stop`](Self::stop) then returns why.
    pub fn has_ended(&self) -> bool {
        !self.process.is_this() || self.shared().any(|topic| topic.window().has_ended())
    }

    /// The number of entries in flight: read, and neither done nor dead-lettered.
    pub fn in_flight(&self) -> usize {
        self.shared().map(|topic| topic.window().in_flight()).sum()
    }

    /// Blocks until the consumer ends by itself, at most for the time `max`. Returns whether it has ended.
    /// [`wait_async`](Self::wait_async) does not block.
    pub fn wait(&self, max: Duration) -> bool {
        let started = Instant::now();
        while !self.has_ended() {
            let left = max.saturating_sub(started.elapsed());
            let Some(first) = self.shared().next().filter(|_| !left.is_zero()) else { return false };
            first.window().wait_for_change(left.min(LOOK));
        }
        true
    }

    /// Waits until the consumer ends by itself; [`stop_async`](Self::stop_async) then returns why. Does not block the thread,
    /// and needs no runtime.
    ///
    /// The future may be dropped, such as by `tokio::select!` or `tokio::time::timeout`: nothing changes.
    pub async fn wait_async(&self) {
        if self.has_ended() {
            return;
        }
        // There is at least one topic.
        select_all(self.shared().map(|topic| Box::pin(topic.window().ended()))).await;
    }

    /// Stops the consumer: begins no more entries, waits for the receivers that run, acknowledges what is done and releases
    /// the rest to the group. Blocks until then, at most for the time `drain`.
    ///
    /// On the only thread of a [runtime](super::EventConsumer::runtime) that its async receivers run on, they cannot finish
    /// while this blocks. There, and on any thread of a runtime, await [`stop_async`](Self::stop_async).
    ///
    /// # Errors
    ///
    /// Why the consumer has ended by itself; or receivers still ran at the deadline, or what is done could not be acknowledged,
    /// and their events are redelivered.
    pub fn stop(mut self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.end(drain)
    }

    /// Does what [`stop`](Self::stop) does, without blocking the thread, and so also where the async receivers run on it. Needs
    /// no runtime.
    ///
    /// The consumer begins to stop when this is called. Dropping the future does not cancel that: the consumer stops on a thread
    /// of its own, by the same deadline, and an error is logged. Await the future before the program ends.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use openedx_events::bus::{ConsumerReport, RunningConsumer, StopError};
    ///
    /// /// Consumes until the program is told to stop, or the consumer ends by itself.
    /// async fn consume(
    ///     running: RunningConsumer,
    ///     stopped: impl Future<Output = ()>,
    /// ) -> Result<ConsumerReport, StopError> {
    ///     tokio::select! {
    ///         () = running.wait_async() => {}
    ///         () = stopped => {}
    ///     }
    ///     running.stop_async(Duration::from_secs(25)).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As those of [`stop`](Self::stop).
    pub fn stop_async(
        self,
        drain: Duration,
    ) -> impl Future<Output = Result<ConsumerReport, StopError>> + Send + use<> {
        let log = |outcome| {
            if let Err(error) = outcome {
                tracing::error!(target: LOG, %error, "the consumer did not stop cleanly, and nobody awaits it");
            }
        };
        background::run("events-stop", move |_| self.stop(drain), log)
    }

    fn end(&mut self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.is_stopped = true;
        if !self.process.is_this() {
            self.leave_to_parent();
            return Err(StopError::Bus(BusError::new(
                ErrorKind::Configuration,
                Process::without_threads("consumer"),
            )));
        }
        let now = Instant::now();
        let deadline = deadline::after(drain);
        let receivers = deadline.checked_sub(HAND_BACK.min(drain / 5)).unwrap_or(now);
        for topic in self.shared() {
            topic.window().stop();
        }
        let topics: Vec<_> = self.shared().map(|topic| topic.topic().as_str()).collect();
        let topics = topics.join(", ");
        let stopped = stop_all(std::mem::take(&mut self.topics), receivers, deadline);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        let running: usize = stopped.iter().flatten().map(|topic| topic.running).sum();
        let unacknowledged: usize = stopped.iter().flatten().map(|topic| topic.unacknowledged).sum();
        let is_silent = stopped.iter().any(Option::is_none);
        // Of several topics the first one that did not just complete.
        let ends = stopped.into_iter().flatten().filter_map(|topic| topic.end);
        let end = ends.into_iter().find(|end| !matches!(end, End::Complete));
        let result = match end {
            Some(End::Bus(error)) => Err(StopError::Bus(error)),
            Some(End::TooManyErrors(in_a_row)) => Err(StopError::TooManyErrors { in_a_row }),
            Some(End::Stuck { receiver, after }) => Err(StopError::Stuck { receiver, after }),
            Some(End::Complete) | None if running > 0 => Err(StopError::Unfinished { receivers: running }),
            Some(End::Complete) | None if unacknowledged > 0 => {
                Err(StopError::Unacknowledged { entries: Some(unacknowledged) })
            }
            Some(End::Complete) | None if is_silent => Err(StopError::Unacknowledged { entries: None }),
            Some(End::Complete) | None => Ok(self.report()),
        };
        if let Ok(report) = &result {
            let (done, dead_letters) = (report.done, report.dead_letters());
            tracing::info!(target: LOG, topics, done, dead_letters, "the consumer has stopped");
        }
        result
    }

    /// Neither closes nor joins what the process has that this one was forked from.
    fn leave_to_parent(&mut self) {
        std::mem::forget(std::mem::take(&mut self.topics));
        std::mem::forget(self.runtime.take());
    }
}

/// The time before the deadline in which entries are acknowledged and released, and receivers run no more.
const HAND_BACK: Duration = Duration::from_millis(500);
/// How much later than the deadline a topic may stop.
const GRACE: Duration = Duration::from_millis(200);
/// After this time it is said what a stop waits for.
const LONG_STOP: Duration = Duration::from_secs(3);

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

impl Drop for RunningConsumer {
    fn drop(&mut self) {
        if !self.process.is_this() {
            return self.leave_to_parent();
        }
        if !self.is_stopped
            && let Err(error) = self.end(DRAIN)
        {
            tracing::error!(target: LOG, %error, "the consumer was dropped and did not stop cleanly");
        }
    }
}

impl fmt::Debug for RunningConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let topics: Vec<_> = self.shared().map(|topic| topic.topic()).collect();
        f.debug_struct("RunningConsumer").field("topics", &topics).finish_non_exhaustive()
    }
}
