//! What is to be consumed, and by whom: [`EventConsumer`].

use std::fmt;
use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};

use super::consumed::Consumed;
use super::quota::Quota;
use super::report::Counts;
use super::running::{Hooks, RunningConsumer, Shared, StopError};
use super::settings::{ConsumerSettings, MissingTopic};
use super::worker::Worker;
use super::{policy, reader, upkeep};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Backend, Consumer, Subscription};
use crate::bus::message::topic::Topic;
use crate::bus::retry::start_timeout::Patience;
use crate::metadata::EventsMetadata;

/// Hands the events of topics to the receivers of this program.
///
/// ```
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use std::time::Duration;
///
/// use openedx_events::bus::{self, EventConsumer, Message, Topic};
/// use openedx_events::{receiver, signal};
///
/// /// Sent when a parcel has come in.
/// #[signal("org.example.post.parcel.arrived.v1")]
/// pub struct ParcelArrived {
///     pub grams: i64,
/// }
///
/// static GRAMS: AtomicI64 = AtomicI64::new(0);
///
/// #[receiver(PARCEL_ARRIVED)]
/// fn weigh(grams: i64) {
///     GRAMS.fetch_add(grams, Ordering::Relaxed);
/// }
///
/// let bus = bus::open("memory:")?;
/// let topic = Topic::new("parcels")?;
/// let message = Message::of_event(&ParcelArrived { grams: 70 }, &PARCEL_ARRIVED.generate_metadata())?;
/// bus.producer()?.publish(&topic, &[message])?;
///
/// let running = EventConsumer::new(bus, "scales").topic(topic).start()?;
/// while running.report().done == 0 {
///     std::thread::yield_now();
/// }
/// running.stop(Duration::from_secs(5))?;
/// assert_eq!(GRAMS.load(Ordering::Relaxed), 70);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `start()`"]
#[derive(Clone)]
pub struct EventConsumer {
    backend: Arc<dyn Backend>,
    group: String,
    name: String,
    topics: Vec<Topic>,
    settings: ConsumerSettings,
    hooks: Hooks,
    runtime: Option<Handle>,
}

impl EventConsumer {
    /// A consumer of this group, named after the host.
    pub fn new(backend: Arc<dyn Backend>, group: impl Into<String>) -> Self {
        Self {
            backend,
            group: group.into(),
            name: gethostname::gethostname().to_string_lossy().into_owned(),
            topics: Vec::new(),
            settings: ConsumerSettings::default(),
            hooks: Hooks::default(),
            runtime: None,
        }
    }

    /// One more topic.
    pub fn topic(mut self, topic: Topic) -> Self {
        self.topics.push(topic);
        self
    }

    /// The consumer's name, one in its group. A process that is started again goes on under the name that it had.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// How to go about.
    pub fn settings(self, settings: ConsumerSettings) -> Self {
        Self { settings, ..self }
    }

    /// Called on the thread of the receivers, before those of an event run.
    pub fn before_message(mut self, hook: impl Fn(&EventsMetadata) + Send + Sync + 'static) -> Self {
        self.hooks.before = Some(Arc::new(hook));
        self
    }

    /// Called on the thread of the receivers, after those of an event have run, well or not, and for an event that reaches
    /// nobody. It is not acknowledged yet.
    pub fn after_message(mut self, hook: impl Fn(&Consumed<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.after = Some(Arc::new(hook));
        self
    }

    /// The tokio runtime that async receivers run in; without it the consumer has one of its own.
    pub fn runtime(self, runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    /// Starts. Blocks until the bus has answered, at most for [`start_timeout`](ConsumerSettings::start_timeout).
    ///
    /// # Errors
    ///
    /// No topics, or settings that make no sense; a program without receivers; a bus that cannot be reached in time, or
    /// that refuses.
    pub fn start(self) -> Result<RunningConsumer, StopError> {
        self.start_unless(&|| false, &mut |_| {})
    }

    /// [`start`](Self::start), where a bus that is not there is not waited for any more when something is over. Each attempt
    /// but the last is told.
    pub(crate) fn start_unless(
        self,
        is_over: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&BusError),
    ) -> Result<RunningConsumer, StopError> {
        self.check()?;
        let patience = Patience::new(self.settings.start_timeout, is_over);
        let counts = Arc::new(Counts::default());
        let quota = self.settings.max_entries.map(|max| Arc::new(Quota::new(max)));
        let mut topics = Vec::new();
        for topic in &self.topics {
            let subscription = Subscription {
                start: self.settings.start,
                claim_after: self.settings.claim_after,
                ..Subscription::new(topic.clone(), self.group.clone(), self.name.clone())
            };
            let consumer = patience.wait(
                || self.join(&subscription),
                |error| {
                    tracing::warn!(%topic, %error, "the bus is not there yet; trying again");
                    tell(error);
                },
            )?;
            if self.settings.skip_to_end_at_start {
                self.backend.skip(topic, &self.group)?;
            }
            topics.push(Arc::new(Shared::new(
                Arc::clone(&self.backend),
                consumer,
                subscription,
                self.settings.clone(),
                self.hooks.clone(),
                Arc::clone(&counts),
                quota.clone(),
            )));
        }
        let runtime = if self.runtime.is_some() { None } else { Some(own_runtime()?) };
        let Some(handle) = self.runtime.or_else(|| runtime.as_ref().map(|own| own.handle().clone())) else {
            return Err(no_threads().into());
        };
        let mut running = RunningConsumer { topics, threads: Vec::new(), counts, is_stopped: false, runtime };
        for shared in &running.topics {
            let threads = spawn(shared, &handle);
            running.threads.extend(threads.map_err(|error| no_threads().caused_by(error))?);
        }
        Ok(running)
    }

    /// Joins the group, if the topic is one.
    fn join(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let topic = &subscription.topic;
        let is_missing = !self.backend.has_topic(topic)?;
        if is_missing && self.settings.missing_topic == MissingTopic::Refuse {
            let what = format!("there is no topic `{topic}`: is its name right, and its prefix?");
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        if is_missing {
            tracing::warn!(%topic, "the topic has neither entries nor groups: is its name right, and its prefix?");
        }
        self.backend.consumer(subscription)
    }

    fn check(&self) -> Result<(), BusError> {
        let configuration = |what: &str| Err(BusError::new(ErrorKind::Configuration, what));
        let settings = &self.settings;
        if self.topics.is_empty() {
            return configuration("nothing to consume: give a topic");
        }
        if self.group.is_empty() || self.name.is_empty() {
            return configuration("a consumer needs a group and a name");
        }
        let counts = [settings.workers, settings.batch, settings.max_in_flight, settings.max_in_flight_bytes];
        if counts.contains(&0) || settings.retry.max_attempts == 0 || settings.max_entries == Some(0) {
            return configuration(
                "`workers`, `batch`, `max_in_flight`, `max_in_flight_bytes`, `retry.max_attempts` and `max_entries` begin at 1",
            );
        }
        let problems = policy::problems(settings);
        if !problems.is_empty() {
            return configuration(&format!("settings of receivers: {}", problems.join("; ")));
        }
        if settings.heartbeat.is_zero() || settings.heartbeat.saturating_mul(2) > settings.claim_after {
            return configuration(
                "`heartbeat` must be at most half of `claim_after`, or others would take over what runs",
            );
        }
        if !settings.allow_no_receivers && crate::registry_summary().receivers == 0 {
            return configuration(
                "the program has no receivers, so that every event would be acknowledged unseen: name the crates that hold \
                 them with `openedx_events::link!`",
            );
        }
        Ok(())
    }
}

fn own_runtime() -> Result<Runtime, BusError> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("events-runtime")
        .enable_all()
        .build()
        .map_err(|error| no_threads().caused_by(error))
}

fn no_threads() -> BusError {
    BusError::new(ErrorKind::Busy, "the system gives no threads")
}

fn spawn(shared: &Arc<Shared>, runtime: &Handle) -> std::io::Result<Vec<thread::JoinHandle<()>>> {
    let mut threads = vec![upkeep::spawn(shared)?, reader::spawn(shared)?];
    for number in 0..shared.settings.workers {
        let worker = Worker { number, shared: Arc::clone(shared), runtime: runtime.clone() };
        let builder = thread::Builder::new().name(format!("events-worker-{number}"));
        threads.push(builder.spawn(move || worker.run())?);
    }
    Ok(threads)
}

impl fmt::Debug for EventConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventConsumer")
            .field("backend", &self.backend)
            .field("group", &self.group)
            .field("name", &self.name)
            .field("topics", &self.topics)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
