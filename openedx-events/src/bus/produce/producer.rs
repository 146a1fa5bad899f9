//! What produces the events of configured signals: [`EventProducer`].

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::overflow::Overflow;
use super::queue::{Limits, NoRoom, Queue};
use super::report::ProducerReport;
use super::sender::{Counts, Sender};
use super::spill::{Spill, SpillFiles};
use crate::bus::contract::Backend;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::message::Message;
use crate::bus::message::key_path::KeyPath;
use crate::bus::message::topic::Topic;
use crate::bus::retry::start_timeout::Patience;
use crate::bus::settings::BusSettings;
use crate::receiver::ReceiverResult;
use crate::signal::any::AnySignal;
use crate::signal::connection::Connected;
use crate::signal::context::Context;
use crate::signal::dispatch::route::Route;
use crate::signal::dispatch::waits::Waits;
use crate::signal::event::AnyEvent;

/// Produces the events of configured signals, for as long as it lives.
///
/// [`send_event`](crate::Signal::send_event) returns when the message is in the queue of its topic: a process that is killed
/// loses what is in its queues. [`send_event_async`](crate::Signal::send_event_async) waits until the bus has it, or until it
/// is on the disk if it is spilled; whoever loses patience and drops it does not know whether it was published.
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
#[must_use = "events are produced until this is dropped"]
pub struct EventProducer {
    topics: BTreeMap<Topic, Lane>,
    connections: Vec<(Route, Arc<Connected>)>,
    counts: Arc<Counts>,
    is_over: Arc<AtomicBool>,
    /// Kept so that no other process takes the files.
    spill: Option<SpillFiles>,
    is_shut_down: bool,
}

/// A topic with its queue and its thread.
struct Lane {
    queue: Arc<Queue>,
    is_failing: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

const LIMITS: Limits = Limits { messages: 10_000, bytes: 16 * 1024 * 1024 };
/// How long a producer that is dropped may take.
const FLUSH: Duration = Duration::from_secs(5);
/// How long a required bus is waited for at the start.
const START: Duration = Duration::from_secs(30);

impl EventProducer {
    /// Starts to produce what the settings say, on the bus that they name.
    ///
    /// If the bus is [required](BusSettings::required), blocks until it has answered, at most for 30 seconds. Else it need
    /// not be there yet: events wait in the queues.
    ///
    /// # Errors
    ///
    /// Settings without an address though something is produced, an address that is none, and a required bus that cannot be
    /// reached or refuses.
    pub fn start(settings: &BusSettings) -> Result<Self, BusError> {
        let is_used = settings.producer_config.values().flat_map(BTreeMap::values).any(|topic| topic.enabled);
        let Some(url) = settings.url.as_deref() else {
            if !is_used {
                return Ok(Self::none());
            }
            return Err(BusError::new(
                ErrorKind::Configuration,
                "EVENT_BUS_PRODUCER_CONFIG has events to produce, and there is no bus: set EVENT_BUS_URL, or \
                 EVENT_BUS_REDIS_CONNECTION_URL",
            ));
        };
        Self::start_on(&crate::bus::open_with(url, settings)?, settings)
    }

    /// [`start`](Self::start) on this bus, whatever address the settings have.
    ///
    /// # Errors
    ///
    /// A required bus that cannot be reached or refuses, and a topic that is none with the prefix before it.
    pub fn start_on(backend: &Arc<dyn Backend>, settings: &BusSettings) -> Result<Self, BusError> {
        if settings.required {
            let patience = Patience::new(START, &|| false);
            patience.wait(
                || backend.producer(),
                |error| tracing::warn!(%error, "the bus is not there yet; trying again"),
            )?;
        }
        let overflow = overflow(settings)?;
        let mut producer = Self::none();
        let routes = routes(settings)?;
        let spill = match &overflow {
            Overflow::Spill(path) if !routes.is_empty() => Some(SpillFiles::open(path)?),
            _ => None,
        };
        for (topic, signals) in signals_by_topic(&routes) {
            let spill = spill.as_ref().map(|files| files.topic(&topic)).transpose()?;
            producer.open_lane(backend, topic, &signals, spill, settings.audit_logging)?;
        }
        producer.spill = spill;
        for (signal, targets) in routes {
            let targets = targets.into_iter().filter_map(|(topic, key)| {
                let queue = Arc::clone(&producer.topics.get(&topic)?.queue);
                Some(Target { topic, queue, key })
            });
            let (targets, counts) = (targets.collect(), Arc::clone(&producer.counts));
            producer.connect(signal, Handler { targets, overflow: overflow.clone(), counts });
        }
        Ok(producer)
    }

    fn none() -> Self {
        Self {
            topics: BTreeMap::new(),
            connections: Vec::new(),
            counts: Arc::default(),
            is_over: Arc::default(),
            spill: None,
            is_shut_down: false,
        }
    }

    /// Makes the queue of a topic, with a thread that empties it.
    fn open_lane(
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
            is_over: Arc::clone(&self.is_over),
            audit,
        };
        let thread =
            thread::Builder::new().name("events-sender".to_owned()).spawn(move || sender.run()).map_err(
                |error| BusError::new(ErrorKind::Busy, "the system gives no threads").caused_by(error),
            )?;
        self.topics.insert(topic, Lane { queue, is_failing, thread: Some(thread) });
        Ok(())
    }

    fn connect(&mut self, signal: &'static dyn AnySignal, handler: Handler) {
        let route = signal.route();
        let call = move |event: &dyn AnyEvent, context: &Context<'_>| handler.handle(event, context);
        let connected = Connected::any("openedx_events::bus::EventProducer".into(), Location::caller(), call);
        route.connections.add(&connected, route.gate);
        self.connections.push((route, connected));
    }

    /// What it has done so far.
    pub fn report(&self) -> ProducerReport {
        ProducerReport {
            published: self.counts.published.load(Ordering::Relaxed),
            queued: self.topics.values().map(|lane| lane.queue.len() as u64).sum(),
            spilled: self.topics.values().map(|lane| lane.queue.spilled() as u64).sum(),
            refused: self.counts.refused.load(Ordering::Relaxed),
            failed_attempts: self.counts.failed_attempts.load(Ordering::Relaxed),
        }
    }

    /// Whether the last attempt to publish has worked, for every topic.
    pub fn is_ready(&self) -> bool {
        !self.topics.values().any(|lane| lane.is_failing.load(Ordering::Relaxed))
    }

    /// Waits until everything that was sent so far is published, at most so long. How many messages are not.
    pub fn flush(&self, max: Duration) -> usize {
        let deadline = Instant::now() + max;
        self.topics.values().map(|lane| lane.queue.flush(deadline)).sum()
    }

    /// Stops to produce: takes no more events, and publishes what is in the queues. Blocks until then, at most so long.
    ///
    /// # Errors
    ///
    /// Messages that were not published in this time. They are lost with the process.
    pub fn shutdown(mut self, flush: Duration) -> Result<ProducerReport, NotProduced> {
        self.end(flush)
    }

    fn end(&mut self, flush: Duration) -> Result<ProducerReport, NotProduced> {
        self.is_shut_down = true;
        for (route, connected) in self.connections.drain(..) {
            route.connections.remove(&connected, route.gate);
        }
        let deadline = Instant::now() + flush;
        for lane in self.topics.values() {
            lane.queue.close();
        }
        let left: usize = self.topics.values().map(|lane| lane.queue.flush(deadline)).sum();
        self.is_over.store(true, Ordering::Relaxed);
        // Who waits keeps the receiver that produces, and with it the queue that would tell it: it has to be told.
        self.topics.values().for_each(|lane| lane.queue.give_up());
        // What is on the disk is for the next start.
        let left = left.saturating_sub(usize::try_from(self.report().spilled).unwrap_or_default());
        if left == 0 {
            for thread in self.topics.values_mut().filter_map(|lane| lane.thread.take()) {
                // A panic of ours has been printed.
                let _ = thread.join();
            }
            return Ok(self.report());
        }
        Err(NotProduced { messages: left })
    }
}

impl Drop for EventProducer {
    fn drop(&mut self) {
        if !self.is_shut_down
            && let Err(error) = self.end(FLUSH)
        {
            tracing::error!(%error, "the producer of events did not end cleanly");
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

/// A signal, and for each topic that it is produced to the path of its key.
type Routes = Vec<(&'static dyn AnySignal, Vec<(Topic, KeyPath)>)>;

/// What the settings want to be produced.
fn routes(settings: &BusSettings) -> Result<Routes, BusError> {
    let wrong = |error: &dyn fmt::Display| BusError::new(ErrorKind::Configuration, error.to_string());
    let mut routes = Vec::new();
    for (event_type, topics) in &settings.producer_config {
        let signal = crate::get_signal_by_type(event_type).map_err(|error| wrong(&error))?;
        let mut targets = Vec::new();
        for (topic, config) in topics.iter().filter(|(_, config)| config.enabled) {
            let topic = Topic::with_prefix(&settings.topic_prefix, topic).map_err(|error| wrong(&error))?;
            targets.push((topic, config.event_key_field.clone()));
        }
        if !targets.is_empty() {
            routes.push((signal, targets));
        }
    }
    Ok(routes)
}

fn signals_by_topic(routes: &Routes) -> BTreeMap<Topic, Vec<&'static dyn AnySignal>> {
    let mut topics: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (signal, targets) in routes {
        for (topic, _) in targets {
            topics.entry(topic.clone()).or_default().push(*signal);
        }
    }
    topics
}

fn overflow(settings: &BusSettings) -> Result<Overflow, BusError> {
    let spill = settings.spill_path.clone().map(Overflow::Spill);
    match (settings.overflow.as_deref(), spill) {
        (Some("fail"), _) => Ok(Overflow::Fail),
        (Some("spill") | None, Some(spill)) => Ok(spill),
        (Some("spill"), None) => Err(BusError::new(
            ErrorKind::Configuration,
            "EVENT_BUS_OVERFLOW is `spill`, and there is nowhere to spill to: set EVENT_BUS_SPILL_PATH",
        )),
        _ => Ok(Overflow::default()),
    }
}

/// Where an event is produced to.
struct Target {
    topic: Topic,
    queue: Arc<Queue>,
    key: KeyPath,
}

/// The receiver that puts the events of one signal into the queues of their topics.
struct Handler {
    targets: Vec<Target>,
    overflow: Overflow,
    counts: Arc<Counts>,
}

impl Handler {
    /// Every topic has its chance, whatever became of the one before.
    fn handle(&self, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult {
        if context.from_event_bus() {
            return Ok(());
        }
        let mut failed = Vec::new();
        for Target { topic, queue, key } in &self.targets {
            let message = Message::with_key(event, context.metadata(), key.of(event))?;
            let told = context.waits.map(|waits| wait_for(waits, topic));
            if let Err(reason) = queue.push(message, told, &self.overflow) {
                self.counts.refused.fetch_add(1, Ordering::Relaxed);
                failed.push(match reason {
                    NoRoom::NotSpilled(error) => format!("{topic}: the queue is full, and {error}"),
                    NoRoom::Full => format!("{topic}: the queue is full"),
                    NoRoom::Closed => format!("{topic}: the producer was shut down"),
                });
            }
        }
        if failed.is_empty() { Ok(()) } else { Err(format!("not produced to {}", failed.join(", ")).into()) }
    }
}

/// Lets an awaited sending wait until its message is published.
fn wait_for(waits: &Waits, topic: &Topic) -> oneshot::Sender<()> {
    let (told, published) = oneshot::channel();
    let topic = topic.clone();
    waits.push(Box::pin(async move {
        let outcome = published.await;
        outcome.map_err(|_| {
            format!("not known to be published to {topic}: the producer has ended before").into()
        })
    }));
    told
}

/// Messages that were not published in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotProduced {
    /// How many.
    pub messages: usize,
}

impl fmt::Display for NotProduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} messages were not published in time, and are lost", self.messages)
    }
}

impl std::error::Error for NotProduced {}
