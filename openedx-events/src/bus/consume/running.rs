//! The owner of a consumer that runs: [`RunningConsumer`].

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use super::LOG;
use super::handle::ConsumerHandle;
use super::health::Health;
use super::report::ConsumerReport;
use super::stop_error::StopError;
use super::stopping::DRAIN;

/// A consumer that runs on its own threads until it is stopped or cannot go on.
///
/// Dropping it stops it as [`stop`](Self::stop) does, with a deadline of 25 seconds, and blocks until then. On a thread of an
/// async runtime, await [`stop_async`](Self::stop_async) instead.
///
/// [`handle`](Self::handle) returns what others can ask and stop it with.
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
    handle: ConsumerHandle,
    started: Instant,
    on_drop: OnDrop,
}

/// A consumer that is dropped within this time, before it has done anything, was probably not meant to be.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What becomes of the consumer when its owner is dropped.
enum OnDrop {
    Stops,
    /// It is left to its handles.
    Nothing,
}

impl RunningConsumer {
    /// The owner of this consumer.
    pub(super) fn new(handle: ConsumerHandle) -> Self {
        Self { handle, started: Instant::now(), on_drop: OnDrop::Stops }
    }

    /// Leaves the consumer to its handles.
    pub(super) fn release(mut self) {
        self.on_drop = OnDrop::Nothing;
    }

    /// Returns a handle, which can be cloned and shared. It does not keep the consumer running.
    pub fn handle(&self) -> ConsumerHandle {
        self.handle.clone()
    }

    /// What the consumer has done so far.
    pub fn report(&self) -> ConsumerReport {
        self.handle.report()
    }

    /// Whether the consumer is ready, for a readiness probe: see [`ConsumerHandle::is_ready`].
    pub fn is_ready(&self) -> bool {
        self.handle.is_ready()
    }

    /// Whether the consumer is ready and why not, and the receivers that do not work.
    pub fn health(&self) -> Health {
        self.handle.health()
    }

    /// Whether the consumer has ended by itself, or a [handle](Self::handle) has stopped it; [`stop`](Self::stop) then
    /// returns why.
    pub fn has_ended(&self) -> bool {
        self.handle.has_ended()
    }

    /// How many reads of each topic have found nothing, in the order of the topics.
    #[cfg(feature = "cli")]
    pub(crate) fn empty_reads(&self) -> Vec<u64> {
        self.handle.empty_reads()
    }

    /// The number of entries in flight: read, and neither done nor dead-lettered.
    pub fn in_flight(&self) -> usize {
        self.handle.in_flight()
    }

    /// Blocks until the consumer [has ended](Self::has_ended), at most for the time `max`. Returns whether it has.
    /// [`wait_async`](Self::wait_async) does not block.
    pub fn wait(&self, max: Duration) -> bool {
        self.handle.wait(max)
    }

    /// Waits until the consumer [has ended](Self::has_ended); [`stop_async`](Self::stop_async) then returns why. Does
    /// not block the thread, and needs no runtime.
    ///
    /// The future may be dropped, such as by `tokio::select!` or `tokio::time::timeout`: nothing changes.
    pub async fn wait_async(&self) {
        self.handle.wait_async().await;
    }

    /// Stops the consumer: begins no more entries, waits for the receivers that run, acknowledges what is done and
    /// releases the rest to the group. Blocks until then, at most for the time `drain`. If a [handle](Self::handle)
    /// stops it already, returns the outcome of that, by its deadline.
    ///
    /// On the only thread of a [runtime](super::EventConsumer::runtime) that its async receivers run on, they cannot finish
    /// while this blocks. There, and on any thread of a runtime, await [`stop_async`](Self::stop_async).
    ///
    /// # Errors
    ///
    /// Those of [`ConsumerHandle::stop`].
    pub fn stop(self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.handle.stop(drain)
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
        mut self,
        drain: Duration,
    ) -> impl Future<Output = Result<ConsumerReport, StopError>> + Send + use<> {
        self.on_drop = OnDrop::Nothing;
        self.handle.stop_async(drain)
    }
}

impl Drop for RunningConsumer {
    fn drop(&mut self) {
        match self.on_drop {
            OnDrop::Stops => {
                let stop = self.handle.begin_stop(DRAIN);
                let is_first = stop.is_first();
                if is_first && self.started.elapsed() < AT_ONCE && self.report() == ConsumerReport::default()
                {
                    let topics = self.handle.topic_names();
                    tracing::warn!(
                        target: LOG,
                        topics,
                        "the consumer was dropped just after its start, and stops: keep the `RunningConsumer`"
                    );
                }
                // Whoever has stopped it before has the error.
                if let Err(error) = stop.finish()
                    && is_first
                {
                    tracing::error!(target: LOG, %error, "the consumer was dropped and did not stop cleanly");
                }
            }
            OnDrop::Nothing => {}
        }
    }
}

impl fmt::Debug for RunningConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningConsumer").field("topics", &self.handle.topic_names()).finish_non_exhaustive()
    }
}
