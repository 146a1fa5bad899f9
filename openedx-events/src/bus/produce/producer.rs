//! Produces the events of configured signals: [`EventProducer`].

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::enqueue::{Enqueue, Target};
use super::overflow::Overflow;
use super::queue::{Limits, Queue};
use super::report::ProducerReport;
use super::routes::{self, Routes};
use super::sender::{Counts, Sender};
use super::spill::{Spill, SpillFiles};
use crate::bus::contract::{Backend, BusError, ErrorKind};
use crate::bus::message::topic::Topic;
use crate::bus::retry::deadline;
use crate::bus::retry::start_timeout::StartTimeout;
use crate::bus::settings::BusSettings;
use crate::signal::any::AnySignal;
use crate::signal::connection::Connected;
use crate::signal::context::Context;
use crate::signal::dispatch::route::Route;
use crate::signal::event::AnyEvent;

/// Produces the events of configured signals until it is shut down or dropped.
///
/// It takes a [`BusSettings`]: the address, and which events go to which topics. The code that sends events stays the same.
/// When a send returns depends on how the event is sent:
///
/// | | returns when | a killed process loses |
/// |---|---|---|
/// | [`send_event`](crate::Signal::send_event) | the message is in the queue of its topic | what is in its queues |
/// | [`send_event_async`](crate::Signal::send_event_async) | the bus has stored the message | no event whose send has returned |
/// | either, when the message is [spilled](Overflow::Spill) | the message is on the disk | no event whose send has returned |
///
/// Dropping the future of `send_event_async` does not cancel the publishing; the caller then does not learn whether the
/// message was published. A full queue does what [`BusSettings::overflow`] says. Publishing is retried until it succeeds,
/// on a thread for each topic; no runtime is needed.
///
/// Events that came from the bus are not produced again.
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::{self, BusSettings, EventProducer};
/// use openedx_events::signal;
///
/// /// Sent when a letter was written.
/// #[signal("org.example.post.letter.written.v1", key = addressee)]
/// pub struct LetterWritten {
///     pub addressee: String,
/// }
///
/// let settings = BusSettings::layers()
///     .toml(
///         "bus.toml",
///         r#"
///         EVENT_BUS_URL = "memory:"
///         [EVENT_BUS_PRODUCER_CONFIG."org.example.post.letter.written.v1".letters]
///         event_key_field = "addressee"
///         enabled = true
///         "#,
///     )
///     .read()?;
/// let producer = EventProducer::start(&settings)?;
///
/// LETTER_WRITTEN.send_event(LetterWritten { addressee: "Ada".into() }).into_result()?;
///
/// assert_eq!(producer.shutdown(Duration::from_secs(5))?.published, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "events are produced only until this is dropped"]
pub struct EventProducer {
    topics: BTreeMap<Topic, TopicQueue>,
    connections: Vec<(Route, Arc<Connected>)>,
    counts: Arc<Counts>,
    is_cancelled: Arc<AtomicBool>,
    /// Kept so that no other process takes the files.
    spill: Option<SpillFiles>,
    is_shut_down: bool,
}

/// The queue of a topic, and the thread that publishes from it.
struct TopicQueue {
    queue: Arc<Queue>,
    is_failing: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

const LIMITS: Limits = Limits { messages: 10_000, bytes: 16 * 1024 * 1024 };
/// How long dropping a producer may take.
const FLUSH: Duration = Duration::from_secs(5);
/// How long to wait for a required bus at the start.
const START_TIMEOUT: Duration = Duration::from_secs(30);

impl EventProducer {
    /// Starts to produce what the settings enable, to the bus whose address they have.
    ///
    /// If the bus is [required](BusSettings::required), blocks until it answers, at most for 30 seconds. Otherwise the bus
    /// need not be reachable yet: events wait in the queues.
    ///
    /// # Errors
    ///
    /// The settings enable events and have no address, the address or the producer configuration is invalid, or a required
    /// bus cannot be reached or refuses.
    pub fn start(settings: &BusSettings) -> Result<Self, BusError> {
        let is_used = settings.producer_config.iter().any(|(_, _, topic)| topic.enabled);
        let Some(url) = settings.url.as_deref() else {
            if !is_used {
                return Ok(Self::none());
            }
            return Err(BusError::new(
                ErrorKind::Configuration,
                "EVENT_BUS_PRODUCER_CONFIG enables events, but there is no address of a bus: set EVENT_BUS_URL or \
                 EVENT_BUS_REDIS_CONNECTION_URL",
            ));
        };
        Self::start_on(&crate::bus::open_with(url, settings)?, settings)
    }

    /// [`start`](Self::start) with this backend; the address in the settings is ignored.
    ///
    /// # Errors
    ///
    /// The producer configuration is invalid, or a required bus cannot be reached or refuses.
    pub fn start_on(backend: &Arc<dyn Backend>, settings: &BusSettings) -> Result<Self, BusError> {
        if settings.required {
            let timeout = StartTimeout::new(START_TIMEOUT, &|| false);
            timeout.retry(
                || backend.producer(),
                |error| tracing::warn!(%error, "cannot reach the bus yet; retrying"),
            )?;
        }
        let mut producer = Self::none();
        let routes = Routes::of(settings)?;
        let spill = match &settings.overflow {
            Overflow::Spill(path) if !routes.is_empty() => Some(SpillFiles::open(path)?),
            _ => None,
        };
        for (topic, signals) in routes.by_topic() {
            let spill = spill.as_ref().map(|files| files.topic(&topic)).transpose()?;
            producer.open_topic(backend, topic, &signals, spill, settings.audit_logging)?;
        }
        producer.spill = spill;
        for routes::Route { signal, topics } in routes {
            let targets = topics.into_iter().filter_map(|(topic, key)| {
                let queue = Arc::clone(&producer.topics.get(&topic)?.queue);
                Some(Target { topic, queue, key })
            });
            let (targets, counts) = (targets.collect(), Arc::clone(&producer.counts));
            producer.connect(signal, Enqueue { targets, overflow: settings.overflow.clone(), counts });
        }
        Ok(producer)
    }

    fn none() -> Self {
        Self {
            topics: BTreeMap::new(),
            connections: Vec::new(),
            counts: Arc::default(),
            is_cancelled: Arc::default(),
            spill: None,
            is_shut_down: false,
        }
    }

    /// Creates the queue of a topic, and spawns the thread that publishes from it.
    fn open_topic(
        &mut self,
        backend: &Arc<dyn Backend>,
        topic: Topic,
        signals: &[&'static dyn AnySignal],
        spill: Option<Spill>,
        audit: bool,
    ) -> Result<(), BusError> {
        let schemas = signals.iter().filter_map(|signal| signal.schema().ok());
        let (queue, is_failing) = (Arc::new(Queue::new(LIMITS, spill)), Arc::new(AtomicBool::new(false)));
        let sender = Sender {
            backend: Arc::clone(backend),
            topic: topic.clone(),
            queue: Arc::clone(&queue),
            schemas: schemas.map(|schema| (schema.fingerprint(), schema.as_str())).collect(),
            counts: Arc::clone(&self.counts),
            is_failing: Arc::clone(&is_failing),
            is_cancelled: Arc::clone(&self.is_cancelled),
            audit,
        };
        let thread = thread::Builder::new()
            .name("events-sender".to_owned())
            .spawn(move || sender.run())
            .map_err(|error| BusError::new(ErrorKind::Busy, "cannot spawn a thread").caused_by(error))?;
        self.topics.insert(topic, TopicQueue { queue, is_failing, thread: Some(thread) });
        Ok(())
    }

    fn connect(&mut self, signal: &'static dyn AnySignal, enqueue: Enqueue) {
        let route = signal.route();
        let call = move |event: &dyn AnyEvent, context: &Context<'_>| enqueue.handle(event, context);
        let connected = Connected::any("openedx_events::bus::EventProducer".into(), Location::caller(), call);
        route.connections.add(&connected, route.gate);
        self.connections.push((route, connected));
    }

    /// What the producer has done so far.
    pub fn report(&self) -> ProducerReport {
        ProducerReport {
            published: self.counts.published.load(Ordering::Relaxed),
            queued: self.topics.values().map(|topic| topic.queue.len() as u64).sum(),
            spilled: self.topics.values().map(|topic| topic.queue.spilled() as u64).sum(),
            refused: self.counts.refused.load(Ordering::Relaxed),
            failed_attempts: self.counts.failed_attempts.load(Ordering::Relaxed),
        }
    }

    /// Whether the last attempt to publish was successful, for every topic.
    pub fn is_ready(&self) -> bool {
        !self.topics.values().any(|topic| topic.is_failing.load(Ordering::Relaxed))
    }

    /// Blocks until everything that was sent so far is published, at most for `max`. Returns the number of messages that are
    /// not published.
    pub fn flush(&self, max: Duration) -> usize {
        let deadline = deadline::after(max);
        self.topics.values().map(|topic| topic.queue.flush(deadline)).sum()
    }

    /// Stops producing: accepts no more events, and publishes what is in the queues. Blocks until that is done, at most for
    /// `flush`. Messages that were spilled stay on the disk for the next start.
    ///
    /// # Errors
    ///
    /// Messages were not published in this time. They are lost when the process ends.
    pub fn shutdown(mut self, flush: Duration) -> Result<ProducerReport, ShutdownError> {
        self.end(flush)
    }

    fn end(&mut self, flush: Duration) -> Result<ProducerReport, ShutdownError> {
        self.is_shut_down = true;
        for (route, connected) in self.connections.drain(..) {
            route.connections.remove(&connected, route.gate);
        }
        let deadline = deadline::after(flush);
        for topic in self.topics.values() {
            topic.queue.close();
        }
        let left: usize = self.topics.values().map(|topic| topic.queue.flush(deadline)).sum();
        self.is_cancelled.store(true, Ordering::Relaxed);
        // An awaited send keeps the queue alive that would end its waiting by being dropped.
        self.topics.values().for_each(|topic| topic.queue.stop_waiting());
        // What is on the disk is for the next start.
        let left = left.saturating_sub(usize::try_from(self.report().spilled).unwrap_or_default());
        if left == 0 {
            for thread in self.topics.values_mut().filter_map(|topic| topic.thread.take()) {
                // A panic has been printed.
                let _ = thread.join();
            }
            return Ok(self.report());
        }
        Err(ShutdownError { messages: left })
    }
}

impl Drop for EventProducer {
    fn drop(&mut self) {
        if !self.is_shut_down
            && let Err(error) = self.end(FLUSH)
        {
            tracing::error!(%error, "the event producer was dropped with unpublished events");
        }
    }
}

impl fmt::Debug for EventProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventProducer")
            .field("topics", &self.topics.keys())
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}

/// Messages were not published in the time that [`EventProducer::shutdown`] was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownError {
    /// The number of messages.
    pub messages: usize,
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} messages were not published in time and are lost", self.messages)
    }
}

impl std::error::Error for ShutdownError {}
