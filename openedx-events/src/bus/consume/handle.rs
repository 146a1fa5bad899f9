//! A handle of a consumer: [`ConsumerHandle`].

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::LOG;
use super::control::{Control, Outcome, Stop};
use super::health::Health;
use super::report::ConsumerReport;
use super::stop_error::StopError;
use crate::bus::background;
use crate::bus::retry::deadline;

/// A handle of a consumer, which can be cloned and shared: with a health endpoint, a signal handler or another
/// consumer.
///
/// [`EventConsumer::handle`](super::EventConsumer::handle) returns it before the start, and
/// [`RunningConsumer::handle`](super::RunningConsumer::handle) after it. All handles of a consumer are equal, and do
/// not keep it running: it stops when its owner is dropped, or when any of them [stops](Self::stop) it. They can be
/// used after that.
///
/// ```
/// use std::time::Duration;
/// use std::{process, thread};
///
/// use openedx_events::bus::{self, EventConsumer, Message, Topic};
/// use openedx_events::{receiver, signal};
///
/// /// Sent when a kettle has boiled.
/// #[signal("org.example.kitchen.kettle.boiled.v1")]
/// pub struct KettleBoiled {
///     pub litres: i64,
/// }
///
/// #[receiver(KETTLE_BOILED)]
/// fn brew(litres: i64) {
///     println!("{litres} l");
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let bus = bus::open("memory:")?;
///     let topic = Topic::new("kettles")?;
///     let message = Message::of_event(&KettleBoiled { litres: 1 }, &KETTLE_BOILED.generate_metadata())?;
///     bus.producer()?.publish(&topic, &[message])?;
///
///     let consumer = EventConsumer::new(bus, "kitchen").topic(topic);
///     let handle = consumer.handle();
///     assert_eq!(handle.health().reasons, ["the consumer has not started yet"]);
///
///     let service = thread::spawn(|| consumer.run_until_signal(Duration::from_secs(5)));
///     while handle.report().done == 0 {
///         thread::yield_now();
///     }
///     assert!(handle.is_ready());
///     let report = handle.stop(Duration::from_secs(5))?;
///     assert_eq!(report.done, 1);
///     assert!(service.join().is_ok_and(|stopped| stopped.is_ok()));
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct ConsumerHandle(Arc<Control>);

impl ConsumerHandle {
    pub(super) fn new(control: Arc<Control>) -> Self {
        Self(control)
    }

    /// What the consumer has done so far.
    pub fn report(&self) -> ConsumerReport {
        self.0.report()
    }

    /// Whether the consumer runs, the bus answers, no receiver is stuck and every topic is read; for a readiness probe.
    /// A topic stands still when all that may be in flight waits for receivers that fail or do not return, or as much
    /// is parked as may be. A receiver that fails alone does not make the consumer unready, as a restart would not
    /// help; neither does standing by for another consumer. [`health`](Self::health) says more.
    pub fn is_ready(&self) -> bool {
        self.0.is_ready()
    }

    /// Whether the consumer is ready and why not, and the receivers that do not work.
    pub fn health(&self) -> Health {
        self.0.health()
    }

    /// Whether the consumer has ended: by itself, because a [stop](Self::stop) has begun, or because it could not be
    /// started. `stop` then returns why.
    pub fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    /// Whether it has ended since its recipient takes no event any more.
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// The number of entries in flight: read, and neither done nor dead-lettered. 0 before the start and after the
    /// stop.
    pub fn in_flight(&self) -> usize {
        self.0.in_flight()
    }

    #[cfg(feature = "cli")]
    pub(super) fn empty_reads(&self) -> Vec<u64> {
        self.0.empty_reads()
    }

    /// Blocks until the consumer [has ended](Self::has_ended), at most for the time `max`. Returns whether it has.
    /// [`wait_async`](Self::wait_async) does not block.
    pub fn wait(&self, max: Duration) -> bool {
        self.0.waiters().block(deadline::after(max), || self.has_ended())
    }

    /// Waits until the consumer [has ended](Self::has_ended); [`stop_async`](Self::stop_async) then returns why. Does
    /// not block the thread, and needs no runtime.
    ///
    /// The future may be dropped, such as by `tokio::select!` or `tokio::time::timeout`: nothing changes.
    pub async fn wait_async(&self) {
        self.0.waiters().wait(|| self.has_ended()).await;
    }

    /// Stops the consumer: begins no more entries, waits for the receivers that run, acknowledges what is done and
    /// releases the rest to the group. Blocks until then, at most for the time `drain`.
    ///
    /// May be called several times, also at once: the first call sets the deadline, and all of them return the same
    /// outcome when the consumer has stopped. A consumer that has not started never will; if its start waits for the
    /// bus, that wait ends.
    ///
    /// On the only thread of a [runtime](super::EventConsumer::runtime) that its async receivers run on, they cannot
    /// finish while this blocks. There, and on any thread of a runtime, await [`stop_async`](Self::stop_async).
    ///
    /// # Errors
    ///
    /// Why the consumer has not started or has ended by itself; or receivers still ran at the deadline, or what is done
    /// could not be acknowledged, and their events are redelivered.
    pub fn stop(&self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.begin_stop(drain).finish()
    }

    /// Does what [`stop`](Self::stop) does, without blocking the thread, and so also where the async receivers run on
    /// it. Needs no runtime.
    ///
    /// The consumer begins to stop when this is called. Dropping the future does not cancel that: the consumer stops on
    /// a thread of its own, by the same deadline, and an error is logged. Await the future before the program ends.
    ///
    /// # Errors
    ///
    /// As those of [`stop`](Self::stop).
    pub fn stop_async(
        &self,
        drain: Duration,
    ) -> impl Future<Output = Result<ConsumerReport, StopError>> + Send + use<> {
        let stop = self.begin_stop(drain);
        let is_first = stop.is_first();
        let log = move |outcome: Outcome| {
            if let Err(error) = outcome
                && is_first
            {
                tracing::error!(target: LOG, %error, "the consumer did not stop cleanly, and nobody awaits it");
            }
        };
        background::run("events-stop", move |_| stop.finish(), log)
    }

    pub(super) fn begin_stop(&self, drain: Duration) -> Stop {
        self.0.begin_stop(drain)
    }

    pub(super) fn topic_names(&self) -> String {
        self.0.topic_names()
    }
}

impl fmt::Debug for ConsumerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumerHandle").field("topics", &self.topic_names()).finish_non_exhaustive()
    }
}
