//! A consumer that runs: [`RunningConsumer`].

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::consumed::Consumed;
use super::quota::Quota;
use super::report::{ConsumerReport, Counts};
use super::settings::ConsumerSettings;
use super::window::{End, Phase, Window};
use crate::avro::WriterSchemas;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Backend, Consumer, Delivery, EntryId, Subscription};
use crate::bus::message::dead_letter::DeadLetter;
use crate::metadata::EventsMetadata;
use crate::receiver::error::ReceiverError;
use crate::sync;

/// What is called before each event.
pub(super) type Hook = Arc<dyn Fn(&EventsMetadata) + Send + Sync>;

/// What is called after each event.
pub(super) type AfterHook = Arc<dyn Fn(&Consumed<'_>) + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) before: Option<Hook>,
    pub(super) after: Option<AfterHook>,
}

/// What the threads of one topic share.
pub(super) struct Shared {
    pub(super) window: Window,
    pub(super) backend: Arc<dyn Backend>,
    pub(super) consumer: Box<dyn Consumer>,
    pub(super) subscription: Subscription,
    pub(super) settings: ConsumerSettings,
    pub(super) schemas: WriterSchemas,
    pub(super) hooks: Hooks,
    pub(super) counts: Arc<Counts>,
    warned: Warned,
    errors_in_a_row: AtomicU32,
    alarm: Alarm,
}

/// What was warned of already.
#[derive(Default)]
struct Warned {
    unknown_releases: Mutex<HashSet<Vec<u32>>>,
    namesakes: Mutex<HashSet<String>>,
}

fn is_first<T>(known: &Mutex<HashSet<T::Owned>>, news: &T) -> bool
where
    T: ToOwned<Owned: Eq + Hash> + ?Sized,
{
    sync::lock(known).insert(news.to_owned())
}

impl Shared {
    pub(super) fn new(
        backend: Arc<dyn Backend>,
        consumer: Box<dyn Consumer>,
        subscription: Subscription,
        settings: ConsumerSettings,
        hooks: Hooks,
        counts: Arc<Counts>,
        quota: Option<Arc<Quota>>,
    ) -> Self {
        Self {
            alarm: Alarm::new(settings.dead_letters_alarm),
            window: Window::new(settings.workers, quota),
            backend,
            consumer,
            subscription,
            settings,
            schemas: WriterSchemas::new(),
            hooks,
            counts,
            warned: Warned::default(),
            errors_in_a_row: AtomicU32::new(0),
        }
    }

    pub(super) fn set_ready(&self, is_ready: bool) {
        self.counts.is_unready.store(!is_ready, Ordering::Relaxed);
    }

    /// One more event has ended as a dead letter. How many have in a row.
    pub(super) fn one_more_error(&self) -> u32 {
        self.errors_in_a_row.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn no_error(&self) {
        // Read first, as it is zero for nearly every event, and writing it would be seen by all threads.
        if self.errors_in_a_row.load(Ordering::Relaxed) > 0 {
            self.errors_in_a_row.store(0, Ordering::Relaxed);
        }
    }

    /// Once for each release.
    pub(super) fn warn_of_unknown_release(&self, sourcelib: &[u32]) {
        if is_first(&self.warned.unknown_releases, sourcelib) {
            tracing::warn!(
                ?sourcelib,
                "events come from a release of openedx-events that is not known; they are read by the newest schema"
            );
        }
    }

    /// Once for each path.
    pub(super) fn warn_of_namesakes(&self, path: &str) {
        if is_first(&self.warned.namesakes, path) {
            tracing::warn!(
                receiver = path,
                "several receivers of one event are called so: what each has done cannot be remembered, so they have no \
                 dedup. Connect closures under names of their own"
            );
        }
    }

    pub(super) fn log_dead_letter(&self, delivery: &Delivery, letter: &DeadLetter) {
        self.log_letter(delivery, letter, "event becomes a dead letter");
    }

    /// Tells that the topic has so many dead letters, if it is time to.
    pub(super) fn see_dead_letters(&self, number: u64) {
        if self.alarm.rings_at(number) {
            self.counts.dead_letters_alarms.add(1);
            tracing::error!(
                topic = %self.subscription.topic,
                dead_letters = number,
                "the topic has many dead letters, which nothing removes: look at them, and at what fails"
            );
        }
    }

    pub(super) fn log_given_up(&self, delivery: &Delivery, letter: &DeadLetter) {
        self.log_letter(
            delivery,
            letter,
            "event is acknowledged though it failed, as `ack_policy = always` wants it",
        );
    }

    fn log_letter(&self, delivery: &Delivery, letter: &DeadLetter, what: &str) {
        let failure = letter.failures.first();
        tracing::error!(
            topic = %self.subscription.topic,
            entry = %delivery.entry,
            event_type = delivery.message.event_type().unwrap_or_default(),
            reason = %letter.reason,
            receiver = failure.and_then(|failure| failure.receiver.as_deref()),
            error = failure.map(|failure| failure.error.as_str()),
            "{what}"
        );
    }
}

/// Runs one of the threads of a topic. A panic of it ends the consumer: nobody would do its work any more.
pub(super) fn guard(shared: &Shared, thread: &str, run: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
        shared.set_ready(false);
        shared.window.end(End::Bus(panicked(thread, panic)));
    }
}

pub(super) fn panicked(what: &str, panic: Box<dyn Any + Send>) -> BusError {
    BusError::new(ErrorKind::Refused, format!("{what} {}", ReceiverError::panicked(panic)))
}

/// A consumer that runs on threads of its own, until it is stopped or cannot go on. Dropping it stops it and waits as
/// [`stop`](Self::stop) does, for 25 seconds.
#[must_use = "the consumer stops when this is dropped"]
pub struct RunningConsumer {
    pub(super) topics: Vec<Arc<Shared>>,
    pub(super) threads: Vec<thread::JoinHandle<()>>,
    pub(super) counts: Arc<Counts>,
    pub(super) is_stopped: bool,
    pub(super) runtime: Option<tokio::runtime::Runtime>,
}

/// How long a consumer may take to stop, unless another time is given.
pub(super) const DRAIN: Duration = Duration::from_secs(25);

impl RunningConsumer {
    /// What it has done so far.
    pub fn report(&self) -> ConsumerReport {
        self.counts.report()
    }

    /// Whether the bus answers and no receiver is stuck.
    pub fn is_ready(&self) -> bool {
        !self.counts.is_unready.load(Ordering::Relaxed) && !self.has_ended()
    }

    /// Whether it has ended by itself: [`stop`](Self::stop) then tells why.
    pub fn has_ended(&self) -> bool {
        self.topics.iter().any(|shared| shared.window.state().end.is_some())
    }

    /// How many entries are in hand: read, and not done.
    pub fn in_hand(&self) -> usize {
        self.topics.iter().map(|shared| shared.window.state().held()).sum()
    }

    /// Waits until it ends by itself, at most so long. Whether it has.
    pub fn wait(&self, max: Duration) -> bool {
        let deadline = Instant::now() + max;
        while !self.has_ended() {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(first) = self.topics.first().filter(|_| !left.is_zero()) else { return false };
            let state = first.window.state();
            drop(first.window.wait_for_change(state, left.min(Duration::from_millis(50))));
        }
        true
    }

    /// Stops: nothing more is begun, receivers that run are waited for, what is done is acknowledged and the rest is handed
    /// back to the group. Blocks until then, at most until the deadline.
    ///
    /// # Errors
    ///
    /// Why the consumer ended by itself, or receivers that still ran at the deadline. Their events come again.
    pub fn stop(mut self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.end(drain)
    }

    fn end(&mut self, drain: Duration) -> Result<ConsumerReport, StopError> {
        self.is_stopped = true;
        let deadline = Instant::now() + drain;
        for shared in &self.topics {
            shared.window.state().phase = Phase::Stopping;
            shared.window.notify_all();
            shared.consumer.wake();
        }
        let mut unfinished = 0;
        for shared in &self.topics {
            unfinished += drain_topic(shared, deadline);
        }
        let ends = self.topics.iter().filter_map(|shared| shared.window.state().end.take());
        let mut end = None;
        for each in ends.filter(|end| !matches!(end, End::Complete)) {
            end.get_or_insert(each);
        }
        if unfinished == 0 && !matches!(end, Some(End::Stuck { .. })) {
            for thread in self.threads.drain(..) {
                // They contain every panic of a receiver; one of ours has been printed.
                let _ = thread.join();
            }
            // A reading that was under way may have brought some more.
            for shared in &self.topics {
                let waiting = shared.window.state().take_waiting();
                hand_back(shared, &[], &waiting);
            }
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        match end {
            Some(End::Bus(error)) => Err(StopError::Bus(error)),
            Some(End::TooManyErrors(in_a_row)) => Err(StopError::TooManyErrors { in_a_row }),
            Some(End::Stuck { receiver, after }) => Err(StopError::Stuck { receiver, after }),
            Some(End::Complete) | None if unfinished > 0 => {
                Err(StopError::Unfinished { receivers: unfinished })
            }
            Some(End::Complete) | None => Ok(self.report()),
        }
    }
}

/// Waits for the receivers of a topic, acknowledges what they have done and hands the rest back. How many still run.
fn drain_topic(shared: &Shared, deadline: Instant) -> usize {
    let mut state = shared.window.state();
    while state.running() > 0 && Instant::now() < deadline && !matches!(state.end, Some(End::Stuck { .. })) {
        let left = deadline.saturating_duration_since(Instant::now());
        state = shared.window.wait_for_change(state, left.min(Duration::from_millis(20)));
    }
    let (running, waiting, done) = (state.running(), state.take_waiting(), state.take_done());
    drop(state);
    hand_back(shared, &done, &waiting);
    shared.window.state().phase = Phase::Ended;
    shared.window.notify_all();
    running
}

/// Acknowledges what is done, and hands back what waits.
fn hand_back(shared: &Shared, done: &[EntryId], waiting: &[EntryId]) {
    let acknowledged = if done.is_empty() { Ok(()) } else { shared.consumer.acknowledge(done) };
    let released = if waiting.is_empty() { Ok(()) } else { shared.consumer.release(waiting) };
    if let Err(error) = acknowledged.and(released) {
        tracing::warn!(topic = %shared.subscription.topic, %error, "could not hand back what is in hand: it comes again when it has been idle");
    }
}

impl Drop for RunningConsumer {
    fn drop(&mut self) {
        if !self.is_stopped
            && let Err(error) = self.end(DRAIN)
        {
            tracing::error!(%error, "the consumer did not stop cleanly");
        }
    }
}

impl fmt::Debug for RunningConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let topics: Vec<_> = self.topics.iter().map(|shared| &shared.subscription.topic).collect();
        f.debug_struct("RunningConsumer").field("topics", &topics).finish_non_exhaustive()
    }
}

/// Why a consumer did not start, or did not end well.
#[derive(Debug)]
#[non_exhaustive]
pub enum StopError {
    /// The bus was lost for too long, or refuses.
    Bus(BusError),
    /// So many events in a row have ended as dead letters.
    TooManyErrors {
        /// How many.
        in_a_row: u32,
    },
    /// A receiver does not come to its end.
    Stuck {
        /// Its path.
        receiver: &'static str,
        /// For how long it has run.
        after: Duration,
    },
    /// Receivers still ran when the time to stop was over. Their events come again.
    Unfinished {
        /// How many.
        receivers: usize,
    },
}

impl StopError {
    /// The exit code of a process that ends for this: 2 for settings, 3 for a bus that cannot be reached, 4 for too many
    /// errors in a row, 5 for a bus that refuses and for a receiver that is stuck, 6 for a deadline that has passed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Bus(error) => match error.kind() {
                ErrorKind::Configuration | ErrorKind::Unsupported => 2,
                ErrorKind::Unreachable | ErrorKind::Busy => 3,
                ErrorKind::Refused => 5,
            },
            Self::TooManyErrors { .. } => 4,
            Self::Stuck { .. } => 5,
            Self::Unfinished { .. } => 6,
        }
    }
}

impl From<BusError> for StopError {
    fn from(error: BusError) -> Self {
        Self::Bus(error)
    }
}

impl fmt::Display for StopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bus(error) => error.fmt(f),
            Self::TooManyErrors { in_a_row } => {
                write!(f, "{in_a_row} events in a row have ended as dead letters; see the log for why")
            }
            Self::Stuck { receiver, after } => {
                write!(f, "the receiver {receiver} has run for {after:?} and does not come to its end")
            }
            Self::Unfinished { receivers } => write!(
                f,
                "{receivers} receivers still ran when the time to stop was over; their events will come again"
            ),
        }
    }
}

impl std::error::Error for StopError {}
