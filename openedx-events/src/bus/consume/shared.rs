//! What the threads of one topic share: [`Shared`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tracing::Span;

use super::LOG;
use super::alarm::Alarm;
use super::circuits::Circuits;
use super::decode::{Decoded, Undecoded};
use super::dedup::InProgressSet;
use super::hooks::Hooks;
use super::log_once::LogOnce;
use super::parking;
use super::quota::Quota;
use super::recipient::Recipient;
use super::report::Counts;
use super::rerun::Rerun;
use super::settings::ConsumerSettings;
use super::waiters::Waiters;
use super::window::{Drained, End, Standstill, Window};
use crate::avro::writer::WriterSchemas;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Backend, Consumer, Delivery, EntryId, Subscription};
use crate::bus::message::topic::Topic;
use crate::bus::observe::live::{Level, Live};
use crate::bus::observe::{ConsumedTopic, Observers, PlaceId};
use crate::bus::retry::log_limit::LogLimit;
use crate::bus::retry::recovery::Recovery;
use crate::bus::retry::retry_timeout::RetryTimeout;
use crate::bus::spans;
use crate::receiver::error::ReceiverError;
use crate::sync;
use crate::unheard;

/// What the reader, the workers and the upkeep of one topic share.
pub(super) struct Shared {
    window: Window,
    backend: Arc<dyn Backend>,
    consumer: Box<dyn Consumer>,
    subscription: Subscription,
    settings: ConsumerSettings,
    schemas: WriterSchemas,
    hooks: Hooks,
    counts: Arc<Counts>,
    observers: Observers,
    place: PlaceId,
    log_once: LogOnce,
    /// For failed attempts.
    log_limit: LogLimit,
    /// The number of events that have failed since the last one that was done.
    failed_in_a_row: AtomicU32,
    circuits: Arc<Circuits>,
    /// What receivers with dedup process at the moment.
    in_progress: InProgressSet,
    dead_letters_alarm: Alarm,
    /// Why the bus is lost, if it is.
    lost_bus: Mutex<Option<BusError>>,
    recovery: Arc<Recovery>,
    rerun: Option<Arc<dyn Rerun>>,
    read_wait: Duration,
    /// The number of reads that have found nothing.
    empty_reads: AtomicU64,
    recipient: Option<Arc<Recipient>>,
    /// When the upkeep has moved last.
    moved_at: Mutex<Instant>,
    /// Why the topic stands still, if it does.
    standstill: Mutex<Option<Standstill>>,
    with_parked: Arc<AtomicUsize>,
    /// The number of parked events that wait only for receivers which this program does not have.
    for_others: AtomicUsize,
}

/// What all topics of a consumer share.
#[derive(Clone)]
pub(super) struct OverTopics {
    pub(super) counts: Arc<Counts>,
    pub(super) circuits: Arc<Circuits>,
    pub(super) quota: Option<Arc<Quota>>,
    /// The number of topics that may have parked events, if only these are run.
    pub(super) with_parked: Arc<AtomicUsize>,
    pub(super) recovery: Arc<Recovery>,
    pub(super) rerun: Option<Arc<dyn Rerun>>,
    /// How long a read waits for entries. It is woken when the consumer stops.
    pub(super) read_wait: Duration,
    pub(super) recipient: Option<Arc<Recipient>>,
    pub(super) waiters: Arc<Waiters>,
}

impl Shared {
    pub(super) fn new(
        backend: Arc<dyn Backend>,
        consumer: Box<dyn Consumer>,
        subscription: Subscription,
        settings: ConsumerSettings,
        hooks: Hooks,
        over_topics: OverTopics,
    ) -> Self {
        let OverTopics {
            counts,
            circuits,
            quota,
            with_parked,
            recovery,
            rerun,
            read_wait,
            recipient,
            waiters,
        } = over_topics;
        Self {
            dead_letters_alarm: Alarm::new(settings.dead_letters_alarm),
            window: Window::new(&settings, &circuits, quota, consumer.parked().is_some(), waiters),
            circuits,
            in_progress: InProgressSet::default(),
            moved_at: Mutex::new(Instant::now()),
            standstill: Mutex::new(None),
            with_parked,
            for_others: AtomicUsize::new(0),
            backend,
            consumer,
            subscription,
            settings,
            schemas: WriterSchemas::new(),
            hooks,
            counts,
            observers: Observers::added(),
            place: PlaceId::new(),
            log_once: LogOnce::default(),
            log_limit: LogLimit::default(),
            failed_in_a_row: AtomicU32::new(0),
            lost_bus: Mutex::new(None),
            recovery,
            rerun,
            read_wait,
            empty_reads: AtomicU64::new(0),
            recipient,
        }
    }

    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    pub(super) fn consumer(&self) -> &dyn Consumer {
        &*self.consumer
    }

    pub(super) fn settings(&self) -> &ConsumerSettings {
        &self.settings
    }

    pub(super) fn topic(&self) -> &Topic {
        &self.subscription.topic
    }

    pub(super) fn group(&self) -> &str {
        &self.subscription.group
    }

    pub(super) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// The limit of lines about failed attempts.
    pub(super) fn log_limit(&self) -> &LogLimit {
        &self.log_limit
    }

    /// Whether the receiver with this path is to run for an entry.
    pub(super) fn is_chosen(&self, entry: &EntryId, path: &str) -> bool {
        self.rerun.as_ref().is_none_or(|rerun| rerun.is_chosen(entry, path))
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(super) fn circuits(&self) -> &Circuits {
        &self.circuits
    }

    pub(super) fn in_progress(&self) -> &InProgressSet {
        &self.in_progress
    }

    pub(super) fn log_once(&self) -> &LogOnce {
        &self.log_once
    }

    /// Decodes the event of an entry.
    pub(super) fn decode(&self, delivery: &Delivery) -> Result<Decoded, Undecoded> {
        let decoded = Decoded::of(delivery, self.topic(), &self.schemas, &*self.backend)?;
        Ok(Decoded { recipient: self.recipient.clone(), ..decoded })
    }

    /// What takes the events instead of the receivers of the program, if there is such.
    pub(super) fn recipient(&self) -> Option<&Recipient> {
        self.recipient.as_deref()
    }

    /// Whether anybody wants to know how long receivers run.
    pub(super) fn is_timed(&self) -> bool {
        self.hooks.want_runs() || self.observers.are_there()
    }

    pub(super) fn observers(&self) -> &Observers {
        &self.observers
    }

    /// The topic, for observers.
    pub(super) fn observed(&self) -> ConsumedTopic<'_> {
        let (system, id) = (self.backend.system(), self.place);
        ConsumedTopic { system, topic: self.topic(), group: self.group(), id }
    }

    /// The span in which receivers process an event.
    pub(super) fn process_span(&self, event: &Decoded) -> Span {
        spans::process(self.backend(), self.topic(), self.group(), &event.metadata)
    }

    /// The receivers of an event are done.
    pub(super) fn event_done(&self) {
        self.counts.done.add(1);
        // Read first, as it is zero for nearly every event, and writing it would be seen by all threads.
        if self.failed_in_a_row.load(Ordering::Relaxed) > 0 {
            self.failed_in_a_row.store(0, Ordering::Relaxed);
        }
    }

    /// This many events count as errors. Ends the consumer after too many in a row.
    pub(super) fn events_failed(&self, number: u32) {
        if number == 0 {
            return;
        }
        let in_a_row = self.failed_in_a_row.fetch_add(number, Ordering::Relaxed).saturating_add(number);
        if self.settings.consecutive_errors_limit.is_some_and(|limit| in_a_row >= limit) {
            self.window.end(End::TooManyErrors(in_a_row));
        }
    }

    /// The topic has this many dead letters. Logs it if they are too many.
    pub(super) fn dead_letters_counted(&self, number: u64) {
        if self.dead_letters_alarm.fires_at(number) {
            self.counts.dead_letters_alarms.add(1);
            tracing::error!(
                target: LOG,
                topic = %self.topic(),
                dead_letters = number,
                "the topic has many dead letters, which are never removed by themselves"
            );
        }
    }

    /// Nothing of the topic is parked any more, or something is again. Ends the consumer when nothing is in any topic.
    pub(super) fn has_parked(&self, has_parked: bool) {
        if has_parked {
            self.with_parked.fetch_add(1, Ordering::Relaxed);
        } else if self.with_parked.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.window.end(End::Complete);
        }
    }

    /// This many parked events wait only for receivers that this program does not have.
    pub(super) fn left_for_others(&self, events: usize) {
        self.for_others.fetch_add(events, Ordering::Relaxed);
    }

    /// The number of these events.
    pub(super) fn for_others(&self) -> u64 {
        self.for_others.load(Ordering::Relaxed) as u64
    }

    /// Another consumer has claimed an entry that was in flight here.
    pub(super) fn entry_was_claimed(&self, entry: &EntryId) {
        self.counts.lost.add(1);
        tracing::warn!(target: LOG, topic = %self.topic(), %entry, "another consumer has claimed the entry");
    }

    pub(super) fn bus_lost(&self, error: &BusError) {
        self.counts.disconnects.add(1);
        *sync::lock(&self.lost_bus) = Some(error.clone());
        self.observers.tell(|observer| observer.bus_lost(self.topic(), error));
        tracing::error!(target: LOG, topic = %self.topic(), %error, "lost the connection to the bus; reconnecting");
        unheard::failure(format_args!("lost the connection to the bus; reconnecting: {error}"));
    }

    pub(super) fn bus_recovered(&self, after: Duration) {
        *sync::lock(&self.lost_bus) = None;
        self.observers.tell(|observer| observer.bus_recovered(self.topic()));
        self.recovery.announce();
        tracing::info!(target: LOG, topic = %self.topic(), ?after, "reconnected to the bus");
    }

    /// Waits before another attempt to reach the bus: for this time, or until another topic has reached it or the consumer
    /// stops.
    pub(super) fn back_off(&self, delay: Duration) {
        self.recovery.back_off(delay, |pause| {
            self.window.pause(pause);
            self.window.is_running()
        });
    }

    /// The upkeep moves.
    pub(super) fn upkeep_moves(&self) {
        *sync::lock(&self.moved_at) = Instant::now();
    }

    /// The topic stands still for this reason, or does not any more.
    pub(super) fn stands_still(&self, standstill: Option<Standstill>) {
        let before = std::mem::replace(&mut *sync::lock(&self.standstill), standstill);
        if before == standstill {
            return;
        }
        let (topic, in_flight, parked) = (self.topic(), self.window.in_flight(), self.window.parked());
        if let Some(reason) = standstill {
            tracing::error!(target: LOG, %topic, in_flight, parked, "{reason}");
        } else {
            tracing::info!(target: LOG, %topic, "the topic is read again");
        }
    }

    /// What keeps the consumer of the topic from being ready.
    pub(super) fn not_ready(&self) -> Vec<String> {
        let topic = self.topic();
        let lost = sync::lock(&self.lost_bus)
            .as_ref()
            .map(|error| format!("the connection to the bus is lost: {error}"));
        let ended = self.window.why_ended().map(|why| format!("the consumer has ended: {why}"));
        let standstill = sync::lock(&self.standstill).map(|standstill| standstill.to_string());
        let reasons = lost.into_iter().chain(ended).chain(standstill);
        reasons.map(|reason| format!("{topic}: {reason}")).collect()
    }

    /// How long a read waits for entries.
    pub(super) fn read_wait(&self) -> Duration {
        self.read_wait
    }

    /// A read has found nothing.
    pub(super) fn has_read_nothing(&self) {
        self.empty_reads.fetch_add(1, Ordering::AcqRel);
    }

    /// How many reads have found nothing.
    #[cfg(feature = "cli")]
    pub(super) fn empty_reads(&self) -> u64 {
        self.empty_reads.load(Ordering::Acquire)
    }

    /// Whether the bus answers, the consumer has not ended by itself, and the topic does not stand still.
    pub(super) fn is_ready(&self) -> bool {
        sync::lock(&self.lost_bus).is_none()
            && !self.window.has_ended()
            && sync::lock(&self.standstill).is_none()
    }

    /// Runs one of the threads of the topic. A panic ends the consumer, as nobody would do the thread's work any more.
    pub(super) fn guard(&self, thread: &str, run: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            self.window.end(End::Bus(panicked(thread, panic)));
        }
    }

    /// Begins to stop: no more entries are begun, no call of the bus waits beyond the deadline, and a read that waits returns.
    pub(super) fn stop(&self, deadline: Instant) {
        self.window.stop();
        self.consumer.stop_by(deadline);
        self.consumer.wake();
    }

    /// Waits for the receivers that run, at most until `receivers`, acknowledges what they have done and releases the rest.
    /// Returns the number of receivers that still run, and of entries that could not be acknowledged.
    pub(super) fn drain(&self, receivers: Instant, deadline: Instant) -> (usize, usize) {
        let drained = self.window.drain(receivers);
        let unacknowledged = self.hand_back(&drained, deadline);
        (drained.running, unacknowledged)
    }

    /// Says why the consumer has not stopped yet.
    pub(super) fn log_what_a_stop_waits_for(&self) {
        let (topic, receivers) = (self.topic(), self.window.running_receivers());
        if receivers.is_empty() {
            tracing::warn!(target: LOG, %topic, "the consumer stops and still waits for the bus to answer");
        } else {
            tracing::warn!(target: LOG, %topic, ?receivers, "the consumer stops and still waits for receivers to finish");
        }
    }

    /// Returns the number of entries that could not be acknowledged.
    fn hand_back(&self, drained: &Drained, deadline: Instant) -> usize {
        let Drained { done, waiting, counted, settled, .. } = drained;
        let acknowledged =
            insist(deadline, || if done.is_empty() { Ok(()) } else { self.consumer.acknowledge(done) });
        // Their attempts have not crashed the process: it stops.
        let returned = insist(deadline, || {
            counted.iter().try_for_each(|entry| self.consumer.attempt_returned(entry).map(drop))
        });
        let parked = insist(deadline, || parking::settle(self, settled));
        let released =
            insist(deadline, || if waiting.is_empty() { Ok(()) } else { self.consumer.release(waiting) });
        let mut unacknowledged = if acknowledged.is_err() { done.len() } else { 0 };
        if parked.is_err() {
            unacknowledged += settled.iter().filter(|event| event.waiting.is_empty()).count();
        }
        if let Err(error) = acknowledged.and(returned).and(parked).and(released) {
            tracing::warn!(
                target: LOG,
                topic = %self.topic(),
                %error,
                unacknowledged,
                "could not release the entries in flight; they are redelivered when they have been idle for `claim_after`"
            );
        }
        unacknowledged
    }
}

impl Live for Shared {
    fn not_ready(&self) -> Vec<String> {
        Self::not_ready(self)
    }

    fn dead(&self) -> Option<String> {
        let silent = sync::lock(&self.moved_at).elapsed();
        let max = MAX_SILENCE.max(self.settings.heartbeat.saturating_mul(4));
        // The upkeep of a topic that is being stopped ends before its receivers do.
        if silent > max && !self.window.is_stopping() {
            return Some(format!("{}: the upkeep has not moved for {silent:.0?}", self.topic()));
        }
        self.window.has_failed().then(|| format!("{}: the consumer has ended by an error", self.topic()))
    }

    fn bus(&self) -> Option<(Arc<dyn Backend>, Topic)> {
        Some((Arc::clone(&self.backend), self.topic().clone()))
    }

    /// Of what the bus does not tell, nothing.
    fn levels(&self) -> Vec<Level> {
        let (topic, dead_letters) = (self.topic(), self.topic().dead_letters());
        if sync::lock(&self.lost_bus).is_some() {
            return Vec::new();
        }
        let groups = self.backend.groups(topic).unwrap_or_default();
        let mut levels = Vec::new();
        for group in groups.into_iter().filter(|group| group.name == self.group()) {
            let name = group.name;
            levels.extend(group.lag.map(|lag| Level::Lag(topic.clone(), name.clone(), lag)));
            let is_done = group.lag == Some(0) && group.pending == 0;
            let oldest = group.oldest.or(is_done.then_some(Duration::ZERO));
            levels.extend(oldest.map(|oldest| Level::Oldest(topic.clone(), name.clone(), oldest)));
            levels.push(Level::Pending(topic.clone(), name, group.pending));
        }
        let number = self.backend.admin().and_then(|admin| admin.count(&dead_letters, None).ok());
        levels.extend(number.map(|number| Level::DeadLetters(topic.clone(), number)));
        levels
    }
}

/// An upkeep that has not moved for this time, and for several heartbeats, is dead. One that waits for the bus moves again earlier.
const MAX_SILENCE: Duration = Duration::from_secs(60);

/// For how long a consumer that stops tries to acknowledge and to release.
const INSIST: Duration = Duration::from_secs(2);

/// Tries again for a while if the bus cannot be reached.
fn insist(deadline: Instant, call: impl FnMut() -> Result<(), BusError>) -> Result<(), BusError> {
    let timeout = INSIST.min(deadline.saturating_duration_since(Instant::now()));
    RetryTimeout::new(timeout, &|| false).retry(call, |_| {})
}

/// The error of a panic in this part of the consumer.
pub(super) fn panicked(what: &str, panic: Box<dyn Any + Send>) -> BusError {
    BusError::new(ErrorKind::Refused, format!("{what} {}", ReceiverError::panicked(panic)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::memory::Memory;

    /// A topic whose upkeep has moved this long ago.
    fn topic(ago: Duration) -> Shared {
        let backend: Arc<dyn Backend> = Arc::new(Memory::new());
        let topic = Topic::new("lights").expect("a topic");
        let subscription = Subscription::new(topic, "group", "a");
        let over_topics = OverTopics {
            counts: Arc::default(),
            circuits: Arc::default(),
            quota: None,
            with_parked: Arc::default(),
            recovery: Arc::default(),
            rerun: None,
            read_wait: Duration::ZERO,
            recipient: None,
            waiters: Arc::default(),
        };
        let consumer = backend.consumer(&subscription).expect("a consumer");
        let (settings, hooks) = (ConsumerSettings::new(), Hooks::default());
        let shared = Shared::new(backend, consumer, subscription, settings, hooks, over_topics);
        *sync::lock(&shared.moved_at) = Instant::now().checked_sub(ago).expect("the clock runs for longer");
        shared
    }

    #[test]
    fn a_topic_is_dead_when_its_upkeep_does_not_move() {
        assert_eq!(topic(MAX_SILENCE / 2).dead(), None);
        let why = topic(MAX_SILENCE * 2).dead().expect("dead");
        assert_eq!(why, "lights: the upkeep has not moved for 120s");
    }

    /// Its receivers may take longer than that, and a restart would only interrupt them.
    #[test]
    fn a_topic_that_is_being_stopped_is_alive() {
        let topic = topic(MAX_SILENCE * 2);
        topic.window().stop();
        assert_eq!(topic.dead(), None);
    }
}
