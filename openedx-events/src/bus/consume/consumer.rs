//! What is to be consumed, and by whom: [`EventConsumer`].

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::LOG;
use super::around::{Next, Ran, ReceivedEvent};
use super::consumed::Consumed;
use super::control::{Control, Joined};
use super::handle::ConsumerHandle;
use super::hooks::Hooks;
use super::quota::Quota;
use super::recipient::Recipient;
use super::rerun::Rerun;
use super::running::RunningConsumer;
use super::running_topic::RunningTopic;
use super::settings::{ConsumerSettings, MissingTopic};
use super::shared::{OverTopics, Shared};
use super::start_watcher::StartWatcher;
use super::stop_error::StopError;
use super::{policy, reader, upkeep, worker};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Backend, Consumer, Subscription};
use crate::bus::message::topic::Topic;
use crate::bus::retry::log_interval::LogInterval;
use crate::bus::retry::retry_timeout::{Bounded, RetryTimeout};
use crate::bus::status;
use crate::metadata::EventsMetadata;
use crate::metadata::source::sourcehost;
use crate::receiver::BoxError;

/// Delivers the events of topics to the receivers of this program.
///
/// Each topic has a thread that reads, some that run receivers ([`workers`](ConsumerSettings::workers)) and one that
/// sends heartbeats. An event is acknowledged when all of its receivers are done. A receiver that fails is retried, and
/// in the end the event is dead-lettered: see [`ConsumerSettings`].
///
/// [`start`](Self::start) returns its owner, and [`run`](Self::run) is for the `main` of a service that does nothing
/// else. [`handle`](Self::handle) returns what asks and stops it in both cases.
///
/// A clone is another consumer, with handles of its own.
///
/// ```
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use std::time::Duration;
///
/// use openedx_events::bus::{self, ConsumerSettings, EventConsumer, Message, Topic};
/// use openedx_events::{receiver, signal};
///
/// /// Sent when a parcel has arrived.
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
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let bus = bus::open("memory:")?;
///     let topic = Topic::new("parcels")?;
///     let message = Message::of_event(&ParcelArrived { grams: 70 }, &PARCEL_ARRIVED.generate_metadata())?;
///     bus.producer()?.publish(&topic, &[message])?;
///
///     let running = EventConsumer::new(bus, "scales")
///         .topic(topic)
///         .settings(ConsumerSettings::new().workers(2))
///         .start()?;
///     while running.report().done == 0 {
///         std::thread::yield_now();
///     }
///     running.stop(Duration::from_secs(5))?;
///     assert_eq!(GRAMS.load(Ordering::Relaxed), 70);
///     Ok(())
/// }
/// ```
#[must_use = "call `start()`"]
pub struct EventConsumer {
    control: Starter,
    backend: Arc<dyn Backend>,
    group: String,
    /// `None` for that of the settings, or of the host.
    name: Option<String>,
    topics: Vec<Topic>,
    settings: ConsumerSettings,
    hooks: Hooks,
    rerun: Option<Arc<dyn Rerun>>,
    read_wait: Duration,
    recipient: Option<Arc<Recipient>>,
    runtime: Option<Handle>,
}

/// How long a read waits for entries.
const READ_WAIT: Duration = Duration::from_secs(5);

impl EventConsumer {
    /// A consumer of this group, with the name of the host, the default settings and no topics yet.
    pub fn new(backend: Arc<dyn Backend>, group: impl Into<String>) -> Self {
        Self {
            control: Starter(Control::new()),
            backend,
            group: group.into(),
            name: None,
            topics: Vec::new(),
            settings: ConsumerSettings::default(),
            hooks: Hooks::default(),
            rerun: None,
            read_wait: READ_WAIT,
            recipient: None,
            runtime: None,
        }
    }

    /// Adds a topic. At least one is needed.
    pub fn topic(mut self, topic: Topic) -> Self {
        self.topics.push(topic);
        self
    }

    /// Sets the name of the consumer, which must be unique in its group. A process that is restarted under the same
    /// name goes on with the entries that it had in flight. Default: [`consumer_name`](ConsumerSettings::consumer_name)
    /// in the settings, or else the name of the host.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    fn effective_name(&self) -> &str {
        let name = self.name.as_deref().or(self.settings.consumer_name.as_deref());
        name.unwrap_or_else(|| sourcehost())
    }

    /// Sets the settings.
    pub fn settings(self, settings: ConsumerSettings) -> Self {
        Self { settings, ..self }
    }

    /// Adds a hook around the receivers of an event, for what has to hold while they run, such as the tenant or the
    /// locale. It is called at each attempt, and runs the receivers by [`Next::run`], on the same thread: a
    /// thread-local variable that it sets is seen by sync and by async receivers. Of several hooks the one that was
    /// added first is the outermost.
    ///
    /// A hook that returns an error without a call of `next.run()` refuses the event: each of its receivers counts as
    /// failed with this error, as if it had returned it. [`Permanent`](crate::Permanent) then dead-letters the event
    /// without a retry, [`Skip`](crate::Skip) acknowledges it, and any other error is retried. A panic is such an
    /// error. Once the receivers have run, an error or a panic is logged and changes nothing.
    ///
    /// The order, from outside to inside: hooks around, the span `process`, [`before_message`](Self::before_message),
    /// receivers. [`after_message`](Self::after_message) comes when all of these are over. When an event is refused,
    /// [`before_message`](Self::before_message) is not called. An event that reaches no receiver has no hook around it.
    ///
    /// ```
    /// use std::cell::RefCell;
    ///
    /// use openedx_events::Permanent;
    /// use openedx_events::bus::{self, EventConsumer, Topic};
    ///
    /// thread_local! {
    ///     static TENANT: RefCell<Option<String>> = const { RefCell::new(None) };
    /// }
    ///
    /// let consumer = EventConsumer::new(bus::open("memory:")?, "mail")
    ///     .topic(Topic::new("orders")?)
    ///     .around_message(|event, next| {
    ///         let Some(tenant) = event.metadata.source().strip_prefix("shop/") else {
    ///             return Err(Permanent::new("sent by nobody that we know").into());
    ///         };
    ///         TENANT.set(Some(tenant.to_owned()));
    ///         let ran = next.run();
    ///         TENANT.set(None);
    ///         ran
    ///     });
    /// # drop(consumer);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn around_message(
        mut self,
        hook: impl Fn(&ReceivedEvent<'_>, Next<'_>) -> Result<Ran, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.hooks.add_around(hook);
        self
    }

    /// Sets a hook that is called before the receivers of an event run, on their thread, at each attempt.
    pub fn before_message(mut self, hook: impl Fn(&EventsMetadata) + Send + Sync + 'static) -> Self {
        self.hooks.set_before(hook);
        self
    }

    /// Sets a hook that is called after the receivers of an event have run, on their thread, whether they succeeded or
    /// not, and for an event that reaches no receiver. The event is not acknowledged yet.
    pub fn after_message(mut self, hook: impl Fn(&Consumed<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.set_after(hook);
        self
    }

    /// Consumes this again, and not what is new for the group.
    #[cfg(feature = "cli")]
    pub(crate) fn rerun(self, rerun: Arc<dyn Rerun>) -> Self {
        Self { rerun: Some(rerun), ..self }
    }

    /// Sets how long a read waits for entries.
    #[cfg(feature = "cli")]
    pub(crate) fn read_wait(self, read_wait: Duration) -> Self {
        Self { read_wait, ..self }
    }

    /// Delivers the events to this recipient. The receivers of the program and the closures that are connected are not called by
    /// this consumer, and the program needs none. Retries, the circuit, dead letters, dedup, reports and metrics are those of a
    /// receiver with the name of the recipient.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use openedx_events::PersonalData;
    /// use openedx_events::bus::{self, EventConsumer, Message, Recipient, Topic};
    /// use openedx_events::signal;
    ///
    /// /// Sent when a card was written.
    /// #[signal("org.example.post.card.written.v1")]
    /// pub struct CardWritten {
    ///     pub text: String,
    /// }
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let bus = bus::open("memory:")?;
    ///     let topic = Topic::new("cards")?;
    ///     let message = Message::of_event(&CardWritten { text: "Hi".into() }, &CARD_WRITTEN.generate_metadata())?;
    ///     bus.producer()?.publish(&topic, &[message])?;
    ///
    ///     let printer = Recipient::new("printer", |event, context| {
    ///         println!("{}: {}", context.metadata().id(), event.to_json(PersonalData::Redact)?);
    ///         Ok(())
    ///     });
    ///     let printer = printer.only(|event_type| event_type.starts_with("org.example.post."));
    ///     let running = EventConsumer::new(bus, "printers").topic(topic).deliver_to(printer).start()?;
    ///     while running.report().done == 0 {
    ///         std::thread::yield_now();
    ///     }
    ///     running.stop(Duration::from_secs(5))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn deliver_to(self, recipient: Recipient) -> Self {
        Self { recipient: Some(Arc::new(recipient)), ..self }
    }

    /// Sets the tokio runtime that async receivers run on. Default: a runtime of the consumer's own with two threads.
    pub fn runtime(self, runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    /// Returns a handle of the consumer, which can be used before and after the start: with a health endpoint, for
    /// example, while [`run`](Self::run) blocks.
    pub fn handle(&self) -> ConsumerHandle {
        ConsumerHandle::new(Arc::clone(&self.control.0))
    }

    /// Makes the consumer known to endpoints that are served before it is started: the program is not ready until it runs.
    #[cfg(all(feature = "cli", feature = "webhook"))]
    pub(crate) fn announce(&self) {
        self.control.0.announce(&self.topics);
    }

    /// Starts the consumer on threads of its own. Blocks until the bus has answered, at most for
    /// [`start_timeout`](ConsumerSettings::start_timeout). A stop by a [handle](Self::handle) ends the wait: what is
    /// returned then has stopped already.
    ///
    /// # Errors
    ///
    /// There are no topics, the settings are invalid, the program has no receivers, or the bus cannot be reached in
    /// time or refuses.
    pub fn start(self) -> Result<RunningConsumer, StopError> {
        let handle = self.handle();
        let running = self.start_unless(&|| false, &mut ())?;
        Ok(running.unwrap_or_else(|| RunningConsumer::new(handle)))
    }

    /// Does what [`start`](Self::start) does, but stops waiting for the bus when `is_over` returns `true`, too. Returns
    /// `None` if the consumer was stopped before it ran. `watcher` sees what happens until then.
    pub(crate) fn start_unless(
        self,
        is_over: &dyn Fn() -> bool,
        watcher: &mut dyn StartWatcher,
    ) -> Result<Option<RunningConsumer>, StopError> {
        let control = Arc::clone(&self.control.0);
        if !control.begin_start(&self.topics) {
            return Ok(None);
        }
        let is_over = || is_over() || control.is_cancelled();
        match self.run_unless(&is_over, watcher) {
            Ok(true) => Ok(Some(RunningConsumer::new(ConsumerHandle::new(control)))),
            Ok(false) => {
                control.not_started(Ok(control.report()));
                Ok(None)
            }
            Err(StopError::Bus(error)) if error.is_transient() && is_over() => {
                control.not_started(Ok(control.report()));
                Ok(None)
            }
            Err(error) => {
                control.not_started(Err(error.clone()));
                Err(error)
            }
        }
    }

    /// Returns whether the consumer runs. If not, it was stopped.
    fn run_unless(
        &self,
        is_over: &dyn Fn() -> bool,
        watcher: &mut dyn StartWatcher,
    ) -> Result<bool, StopError> {
        if let Some(address) = &self.settings.status {
            let server = status::serve(address)?;
            watcher.serving(server.address());
            self.control.0.keep(server);
        }
        self.check()?;
        let topics = self.join(is_over, watcher)?;
        let (handle, own) = if let Some(handle) = &self.runtime {
            (handle.clone(), None)
        } else {
            let own = own_runtime().map_err(no_thread)?;
            (own.handle().clone(), Some(own))
        };
        let joined = Joined { topics, runtime: own };
        let runs = self.control.0.run(joined, |topic| spawn(topic, &handle).map_err(no_thread))?;
        if runs {
            self.log_start();
        }
        Ok(runs)
    }

    /// Joins the group of each topic.
    fn join(
        &self,
        is_over: &dyn Fn() -> bool,
        watcher: &mut dyn StartWatcher,
    ) -> Result<Vec<RunningTopic>, StopError> {
        let control = &*self.control.0;
        let timeout = RetryTimeout::new(self.settings.start_timeout, is_over);
        let over_topics = OverTopics {
            counts: Arc::clone(control.counts()),
            circuits: Arc::clone(control.circuits()),
            quota: self.settings.max_entries.map(|max| Arc::new(Quota::new(max))),
            with_parked: Arc::new(AtomicUsize::new(self.topics.len())),
            recovery: Arc::default(),
            rerun: self.rerun.clone(),
            read_wait: self.read_wait,
            recipient: self.recipient.clone(),
            waiters: Arc::clone(control.waiters()),
        };
        let (mut topics, mut notice) = (Vec::new(), LogInterval::default());
        for topic in &self.topics {
            let subscription = Subscription {
                start: self.settings.start,
                claim_after: self.settings.claim_after,
                ..Subscription::new(topic.clone(), self.group.clone(), self.effective_name())
            };
            let join = Join {
                backend: Arc::clone(&self.backend),
                subscription: subscription.clone(),
                rerun: self.rerun.clone(),
                missing_topic: self.settings.missing_topic,
                skip_to_end: self.settings.skip_to_end_at_start,
            };
            let consumer = timeout.retry(
                || {
                    timeout.bounded(
                        &format!("joining the group `{}` of the topic `{topic}`", self.group),
                        join.clone(),
                    )
                },
                |error| {
                    control.retries_start(error);
                    if notice.is_due() {
                        self.log_retry(topic, error);
                    }
                    watcher.retrying(error);
                },
            )?;
            topics.push(RunningTopic::new(Arc::new(Shared::new(
                Arc::clone(&self.backend),
                consumer,
                subscription,
                self.settings.clone(),
                self.hooks.clone(),
                over_topics.clone(),
            ))));
        }
        Ok(topics)
    }

    fn log_retry(&self, topic: &Topic, error: &BusError) {
        tracing::warn!(
            target: LOG,
            bus = self.backend.address(),
            %topic,
            %error,
            start_timeout = ?self.settings.start_timeout,
            "cannot reach the bus yet; retrying"
        );
    }

    fn log_start(&self) {
        let topics: Vec<_> = self.topics.iter().map(Topic::as_str).collect();
        tracing::info!(
            target: LOG,
            bus = self.backend.address(),
            group = self.group,
            topics = topics.join(", "),
            consumer = self.effective_name(),
            receivers = self.receivers(),
            "consuming"
        );
    }

    /// The number of receivers that events can reach.
    fn receivers(&self) -> usize {
        if self.recipient.is_some() { 1 } else { receivers_on() }
    }

    fn check(&self) -> Result<(), BusError> {
        let configuration = |what: &str| Err(BusError::new(ErrorKind::Configuration, what));
        let settings = &self.settings;
        if self.topics.is_empty() {
            return configuration("there is nothing to consume: give a topic");
        }
        if self.group.is_empty() || self.effective_name().is_empty() {
            return configuration("a consumer needs a group and a name");
        }
        let counts = [settings.workers, settings.batch, settings.max_in_flight, settings.max_in_flight_bytes];
        if counts.contains(&0) || settings.retry.max_attempts == 0 || settings.max_entries == Some(0) {
            return configuration(
                "`workers`, `batch`, `max_in_flight`, `max_in_flight_bytes`, `retry.max_attempts` and `max_entries` must be at \
                 least 1",
            );
        }
        let problems = policy::problems(settings, self.recipient.as_deref());
        if !problems.is_empty() {
            return configuration(&format!("settings of receivers: {}", problems.join("; ")));
        }
        if settings.heartbeat.is_zero() || settings.heartbeat.saturating_mul(2) > settings.claim_after {
            return configuration(
                "`heartbeat` must be positive and at most half of `claim_after`, or others would claim entries in flight",
            );
        }
        if !settings.allow_no_receivers && self.receivers() == 0 {
            let summary = crate::registry_summary();
            return configuration(if summary.receivers == 0 {
                "the program has no receivers, so every event would be acknowledged unseen: name the crates that contain them \
                 with `openedx_events::link!`"
            } else {
                "all receivers of the program are off, so every event would be acknowledged unseen: turn some on in \
                 EVENT_RECEIVERS"
            });
        }
        Ok(())
    }
}

/// The number of receivers that events reach.
fn receivers_on() -> usize {
    let summary = crate::registry_summary();
    summary.receivers - summary.off
}

/// A clone is another consumer.
impl Clone for EventConsumer {
    fn clone(&self) -> Self {
        Self {
            control: Starter(Control::new()),
            backend: Arc::clone(&self.backend),
            group: self.group.clone(),
            name: self.name.clone(),
            topics: self.topics.clone(),
            settings: self.settings.clone(),
            hooks: self.hooks.clone(),
            rerun: self.rerun.clone(),
            read_wait: self.read_wait,
            recipient: self.recipient.clone(),
            runtime: self.runtime.clone(),
        }
    }
}

/// The right to start a consumer. When it is gone without a start, those who wait for the consumer need not any more.
struct Starter(Arc<Control>);

impl Drop for Starter {
    fn drop(&mut self) {
        self.0.abandon(thread::panicking());
    }
}

/// What it takes to join a group.
#[derive(Clone)]
struct Join {
    backend: Arc<dyn Backend>,
    subscription: Subscription,
    rerun: Option<Arc<dyn Rerun>>,
    missing_topic: MissingTopic,
    skip_to_end: bool,
}

impl Bounded for Join {
    type Value = Box<dyn Consumer>;

    /// Joins the group, unless the topic is missing and must not be.
    fn run(self) -> Result<Self::Value, BusError> {
        let Subscription { topic, group, .. } = &self.subscription;
        let is_missing = !self.backend.has_topic(topic)?;
        if is_missing && self.missing_topic == MissingTopic::Refuse {
            let what = format!("there is no topic `{topic}`: check its name and its prefix");
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        if is_missing {
            tracing::warn!(target: LOG, %topic, "the topic has no entries and no groups yet: check its name and its prefix");
        }
        let consumer = match &self.rerun {
            Some(rerun) => rerun.consumer(&self.backend, &self.subscription)?,
            None => self.backend.consumer(&self.subscription)?,
        };
        if self.skip_to_end {
            self.backend.skip(topic, group)?;
        }
        Ok(consumer)
    }
}

fn own_runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).thread_name("events-runtime").enable_all().build()
}

pub(super) fn no_thread(error: io::Error) -> BusError {
    BusError::new(ErrorKind::Busy, "cannot spawn a thread").caused_by(error)
}

/// Starts the threads of a topic. Those that have started are stopped with the consumer if another one fails to.
fn spawn(topic: &mut RunningTopic, runtime: &Handle) -> io::Result<()> {
    let shared = Arc::clone(topic.shared());
    topic.add_thread(upkeep::spawn(&shared)?);
    topic.add_thread(reader::spawn(&shared)?);
    for number in 0..shared.settings().workers {
        topic.add_thread(worker::spawn(number, &shared, runtime)?);
    }
    Ok(())
}

impl fmt::Debug for EventConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventConsumer")
            .field("backend", &self.backend)
            .field("group", &self.group)
            .field("name", &self.effective_name())
            .field("topics", &self.topics)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
