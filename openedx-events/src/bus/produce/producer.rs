//! Produces the events of configured signals: [`EventProducer`].

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use super::connected::Connection;
use super::enqueue::{Enqueue, Target};
use super::health::Health;
use super::outgoing::{Outgoing, Source};
use super::overflow::Overflow;
use super::queue::{Limits, Queue};
use super::report::ProducerReport;
use super::routes::{self, Routes};
use super::sender::{Counts, Sender};
use super::spill::{Spill, SpillFiles};
use super::starting::Starting;
use crate::avro::Fingerprint;
use crate::bus::background;
use crate::bus::contract::{Backend, BusError, ErrorKind};
use crate::bus::message::topic::Topic;
use crate::bus::observe::live::{self, Live};
use crate::bus::observe::{Observers, PlaceId};
use crate::bus::retry::deadline;
use crate::bus::retry::log_interval::LogInterval;
use crate::bus::retry::recovery::Recovery;
use crate::bus::retry::retry_timeout::RetryTimeout;
use crate::bus::settings::BusSettings;
use crate::bus::status::{self, StatusServer};
use crate::chain::debug_like_display;
use crate::process::Process;

/// Produces the events of configured signals until it is shut down or dropped. Dropping it blocks until the queues are empty, at
/// most for 5 seconds: on a thread of an async runtime, await [`shutdown_async`](Self::shutdown_async) instead.
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
/// A process that is forked after the start has none of the threads. A send there has an error in its responses: start a producer in
/// each process, after the fork, with a bus that is opened there.
///
/// Events that came from the bus are not produced again. After a shutdown every send of an event that was produced has an
/// error in its responses, until another producer of the event starts.
///
/// A message that the bus does not take while it takes others, such as one that is larger than the server's limit, holds up
/// nobody: it is put aside in the spill file, or [lost](ProducerReport::lost) if there is none, with an error in the log.
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
    connections: Vec<Connection>,
    counts: Arc<Counts>,
    recovery: Arc<Recovery>,
    observers: Observers,
    is_shut_down: bool,
    /// Answers as long as the producer lives.
    _status: Option<StatusServer>,
    /// The process of its threads.
    process: Process,
}

/// The queue of a topic, and the thread that publishes from it.
struct TopicQueue {
    outgoing: Arc<Outgoing>,
    thread: Option<thread::JoinHandle<()>>,
}

const LIMITS: Limits = Limits { messages: 10_000, bytes: 16 * 1024 * 1024 };
/// How long dropping a producer may take.
const FLUSH: Duration = Duration::from_secs(5);
/// How long to wait for a required bus at the start.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How much longer a shutdown may take than it was given.
const GRACE: Duration = Duration::from_millis(200);

impl EventProducer {
    /// Starts to produce what the settings enable, to the bus whose address they have.
    ///
    /// If the bus is [required](BusSettings::required), blocks until it answers, at most for 30 seconds. Otherwise the bus
    /// need not be reachable yet: events wait in the queues.
    ///
    /// Publishes what dead processes left in [spill files](BusSettings::spill_path), each event to the topic that it was sent
    /// to. If that topic is not produced to any more, or nothing is spilled any more, a warning is logged with the topic and
    /// the number of events.
    ///
    /// Wires the receivers as [`EVENT_RECEIVERS`](BusSettings::wiring) says, and the steps of filters as `OPEN_EDX_FILTERS_CONFIG`
    /// does.
    ///
    /// # Errors
    ///
    /// The receivers cannot be [wired](crate::Wiring::apply), the settings enable events and have no address, the address or the producer configuration is invalid, a spill file
    /// cannot be used, or a required bus cannot be reached or refuses.
    pub fn start(settings: &BusSettings) -> Result<Self, BusError> {
        settings.wire()?;
        let is_used = settings.producer_config.iter().any(|(_, _, topic)| topic.enabled);
        let Some(url) = settings.url.as_deref() else {
            if !is_used {
                for (topic, found) in
                    left_behind(settings)?.into_iter().flat_map(|files| files.topics()).flatten()
                {
                    tracing::warn!(
                        %topic, events = found.events,
                        "spilled events wait for a bus, and there is no address of one"
                    );
                }
                return Self::none(settings);
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
    /// The producer configuration is invalid, a spill file cannot be used, or a required bus cannot be reached or refuses.
    pub fn start_on(backend: &Arc<dyn Backend>, settings: &BusSettings) -> Result<Self, BusError> {
        settings.wire()?;
        // Before the bus is waited for, and before the endpoints answer: these would call the program ready.
        let starting = Arc::new(Starting::default());
        live::add(Arc::downgrade(&starting) as Weak<dyn Live>);
        let mut producer = Self::none(settings)?;
        if settings.required {
            let (timeout, mut notice) = (RetryTimeout::new(START_TIMEOUT, &|| false), LogInterval::default());
            timeout.retry(
                || backend.producer(),
                |error| {
                    starting.retries(error);
                    if notice.is_due() {
                        tracing::warn!(%error, "cannot reach the bus yet; retrying");
                    }
                },
            )?;
        }
        let routes = Routes::of(settings)?;
        let spill = match &settings.overflow {
            Overflow::Spill(path) if !routes.is_empty() => Some(SpillFiles::open(path)?),
            _ => left_behind(settings)?,
        };
        let topics = routes.by_topic();
        let mut left_behind = spill.as_ref().map(SpillFiles::topics).transpose()?.unwrap_or_default();
        for (topic, found) in &left_behind {
            let (events, set_aside) = (found.events, found.set_aside);
            if events > 0 && topics.contains_key(topic) {
                tracing::info!(%topic, events, "publishing what a dead process has spilled");
            } else if events > 0 {
                tracing::warn!(
                    %topic, events,
                    "publishing what a dead process has spilled to a topic that these settings do not produce to"
                );
            }
            if set_aside > 0 {
                tracing::warn!(
                    %topic, events = set_aside,
                    "the spill file has events that the bus did not take: see `openedx-events spill`"
                );
            }
        }
        for (topic, signals) in topics {
            left_behind.remove(&topic);
            let schemas = signals.iter().filter_map(|signal| signal.schema().ok());
            let schemas: Vec<_> = schemas.map(|schema| (schema.fingerprint(), schema.as_str())).collect();
            let spill = spill.as_ref().map(|files| files.topic(&topic, &schemas)).transpose()?;
            producer.open_topic(backend, topic, schemas, spill, Source::Signals, settings.audit_logging)?;
        }
        for (topic, _) in left_behind.into_iter().filter(|(_, found)| found.events > 0) {
            let spill = spill.as_ref().map(|files| files.topic(&topic, &[])).transpose()?;
            producer.open_topic(
                backend,
                topic,
                Vec::new(),
                spill,
                Source::LeftBehind,
                settings.audit_logging,
            )?;
        }
        for routes::Route { signal, topics } in routes {
            let targets = topics.into_iter().filter_map(|(topic, key)| {
                let outgoing = &producer.topics.get(&topic)?.outgoing;
                Some(Target { topic, queue: Arc::clone(&outgoing.queue), place: outgoing.place, key })
            });
            let (targets, counts) = (targets.collect(), Arc::clone(&producer.counts));
            let process = Process::this();
            let (system, observers) = (backend.system(), producer.observers.clone());
            let overflow = settings.overflow.clone();
            let enqueue = Enqueue { targets, overflow, counts, system, observers, process };
            producer.connections.push(Connection::new(signal, enqueue));
        }
        Ok(producer)
    }

    fn none(settings: &BusSettings) -> Result<Self, BusError> {
        let status = settings.status.as_deref().map(status::serve).transpose()?;
        Ok(Self {
            topics: BTreeMap::new(),
            connections: Vec::new(),
            counts: Arc::default(),
            recovery: Arc::default(),
            observers: Observers::added(),
            is_shut_down: false,
            _status: status,
            process: Process::this(),
        })
    }

    /// Creates the queue of a topic, and spawns the thread that publishes from it.
    fn open_topic(
        &mut self,
        backend: &Arc<dyn Backend>,
        topic: Topic,
        schemas: Vec<(Fingerprint, &'static str)>,
        spill: Option<Spill>,
        source: Source,
        audit: bool,
    ) -> Result<(), BusError> {
        let (queue, health) = (Arc::new(Queue::new(LIMITS, spill)), Arc::new(Health::default()));
        let place = PlaceId::new();
        let sender = Sender {
            backend: Arc::clone(backend),
            topic: topic.clone(),
            queue: Arc::clone(&queue),
            schemas,
            counts: Arc::clone(&self.counts),
            health: Arc::clone(&health),
            recovery: Arc::clone(&self.recovery),
            observers: self.observers.clone(),
            place,
            audit,
        };
        let thread = thread::Builder::new()
            .name("events-sender".to_owned())
            .spawn(move || sender.run())
            .map_err(|error| BusError::new(ErrorKind::Busy, "cannot spawn a thread").caused_by(error))?;
        let outgoing = Arc::new(Outgoing { topic: topic.clone(), queue, health, source, place });
        live::add(Arc::downgrade(&outgoing) as Weak<dyn Live>);
        self.topics.insert(topic, TopicQueue { outgoing, thread: Some(thread) });
        Ok(())
    }

    /// What the producer has done so far.
    pub fn report(&self) -> ProducerReport {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let sum = |number: fn(&Queue) -> usize| -> u64 {
            self.topics.values().map(|topic| number(&topic.outgoing.queue) as u64).sum()
        };
        ProducerReport {
            published: count(&self.counts.published),
            queued: sum(Queue::len),
            spilled: sum(Queue::spilled),
            refused: count(&self.counts.refused),
            failed_attempts: count(&self.counts.failed_attempts),
            set_aside: count(&self.counts.set_aside),
            lost: count(&self.counts.lost) + sum(|queue| queue.spill().map_or(0, Spill::lost)),
        }
    }

    /// Whether publishing works, for every topic that events are sent to: the last attempt was successful, and no attempt has
    /// been waiting for the bus for more than 10 seconds. Not in a process that was forked after the producer had started.
    pub fn is_ready(&self) -> bool {
        if !self.process.is_this() {
            return false;
        }
        self.topics.values().all(|topic| topic.outgoing.is_ready())
    }

    /// Blocks until everything that was sent so far is published, at most for `max`. Returns the number of messages that are
    /// not published. After a few seconds it is logged what it waits for.
    pub fn flush(&self, max: Duration) -> usize {
        let deadline = deadline::after(max);
        self.topics.values().map(|topic| topic.outgoing.flush(deadline, &|| false)).sum()
    }

    /// Does what [`flush`](Self::flush) does, without blocking the thread. Needs no runtime.
    ///
    /// It waits for what was sent before the call, and sees later messages too. Dropping the future ends the waiting and
    /// nothing else: the messages stay in their queues and are published.
    pub fn flush_async(&self, max: Duration) -> impl Future<Output = usize> + Send + use<> {
        let deadline = deadline::after(max);
        let topics: Vec<_> = self.topics.values().map(|topic| Arc::clone(&topic.outgoing)).collect();
        let flush = move |caller: &background::Caller<usize>| {
            topics.iter().map(|topic| topic.flush(deadline, &|| caller.is_gone())).sum()
        };
        background::run("events-flush", flush, |_| {})
    }

    /// Stops producing: accepts no more events, and publishes what is in the queues. Blocks until that is done, at most for
    /// `flush`, even if the bus does not answer. After a few seconds it is logged what it waits for. Messages that were
    /// spilled stay on the disk for the next start.
    ///
    /// # Errors
    ///
    /// Messages were not published in this time. They are lost when the process ends. The log has a line for each.
    pub fn shutdown(mut self, flush: Duration) -> Result<ProducerReport, ShutdownError> {
        self.end(flush)
    }

    /// Does what [`shutdown`](Self::shutdown) does, without blocking the thread. Needs no runtime.
    ///
    /// The shutdown begins when this is called. Dropping the future does not cancel it: it goes on on a thread of its own, by
    /// the same deadline, and an error is logged. Await the future before the program ends.
    ///
    /// # Errors
    ///
    /// As those of [`shutdown`](Self::shutdown).
    pub fn shutdown_async(
        self,
        flush: Duration,
    ) -> impl Future<Output = Result<ProducerReport, ShutdownError>> + Send + use<> {
        let log = |outcome| {
            if let Err(error) = outcome {
                tracing::error!(%error, "the event producer did not shut down cleanly, and nobody awaits it");
            }
        };
        background::run("events-shutdown", move |_| self.shutdown(flush), log)
    }

    fn end(&mut self, flush: Duration) -> Result<ProducerReport, ShutdownError> {
        self.is_shut_down = true;
        if !self.process.is_this() {
            // What is queued is published by the process that has the threads. Nothing is closed or joined that is theirs.
            std::mem::forget(std::mem::take(&mut self.topics));
            std::mem::forget(std::mem::take(&mut self.connections));
            return Ok(self.report());
        }
        self.connections.drain(..).for_each(Connection::close);
        let deadline = deadline::after(flush);
        for topic in self.topics.values() {
            topic.outgoing.queue.close();
        }
        for TopicQueue { outgoing, .. } in self.topics.values() {
            match outgoing.source {
                Source::Signals => outgoing.flush(deadline, &|| false),
                // What cannot be published now waits for another start.
                Source::LeftBehind => outgoing.flush(deadline, &|| outgoing.health.is_failing()),
            };
        }
        let mut left = BTreeMap::new();
        for (topic, TopicQueue { outgoing, .. }) in &self.topics {
            // What is on the disk is for the next start.
            let lost = outgoing.log_unpublished();
            if lost > 0 {
                left.insert(topic.clone(), lost);
            }
            outgoing.queue.abandon();
        }
        // Threads end at once, unless the bus does not answer them.
        let deadline = deadline.max(deadline::after(GRACE));
        for topic in self.topics.values_mut() {
            if topic.outgoing.queue.wait_ended(deadline)
                && let Some(thread) = topic.thread.take()
            {
                // A panic has been printed.
                let _ = thread.join();
            }
        }
        if left.is_empty() {
            Ok(self.report())
        } else {
            Err(ShutdownError { messages: left.values().sum(), topics: left })
        }
    }
}

/// The files that dead processes left behind, if the settings name any.
fn left_behind(settings: &BusSettings) -> Result<Option<SpillFiles>, BusError> {
    let path = match &settings.overflow {
        Overflow::Spill(path) => Some(path),
        Overflow::Block(_) | Overflow::Fail => settings.spill_path.as_ref(),
    };
    path.map(|path| SpillFiles::left_behind(path)).transpose()
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
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownError {
    /// The number of messages.
    pub messages: usize,
    /// The number of messages for each topic that has any.
    pub topics: BTreeMap<Topic, usize>,
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} messages were not published in time and are lost", self.messages)?;
        for (index, (topic, messages)) in self.topics.iter().enumerate() {
            write!(f, "{}{messages} for `{topic}`", if index == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

debug_like_display!(ShutdownError);

impl std::error::Error for ShutdownError {}
