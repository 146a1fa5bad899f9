//! What the threads of one topic share: [`Shared`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::LOG;
use super::alarm::Alarm;
use super::decode::{Decoded, Undecoded};
use super::hooks::Hooks;
use super::log_once::LogOnce;
use super::quota::Quota;
use super::report::Counts;
use super::settings::ConsumerSettings;
use super::window::{End, Window};
use crate::avro::writer::WriterSchemas;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Backend, Consumer, Delivery, EntryId, Subscription};
use crate::bus::message::topic::Topic;
use crate::receiver::error::ReceiverError;

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
    log_once: LogOnce,
    /// The number of events that have failed since the last one that was done.
    failed_in_a_row: AtomicU32,
    dead_letters_alarm: Alarm,
    is_bus_lost: AtomicBool,
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
            dead_letters_alarm: Alarm::new(settings.dead_letters_alarm),
            window: Window::new(&settings, quota),
            backend,
            consumer,
            subscription,
            settings,
            schemas: WriterSchemas::new(),
            hooks,
            counts,
            log_once: LogOnce::default(),
            failed_in_a_row: AtomicU32::new(0),
            is_bus_lost: AtomicBool::new(false),
        }
    }

    pub(super) fn window(&self) -> &Window {
        &self.window
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

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(super) fn log_once(&self) -> &LogOnce {
        &self.log_once
    }

    /// Decodes the event of an entry.
    pub(super) fn decode(&self, delivery: &Delivery) -> Result<Decoded, Undecoded> {
        Decoded::of(delivery, self.topic(), &self.schemas, &*self.backend)
    }

    /// The receivers of an event are done.
    pub(super) fn event_done(&self) {
        self.counts.done.add(1);
        // Read first, as it is zero for nearly every event, and writing it would be seen by all threads.
        if self.failed_in_a_row.load(Ordering::Relaxed) > 0 {
            self.failed_in_a_row.store(0, Ordering::Relaxed);
        }
    }

    /// An event was dead-lettered, or acknowledged although it failed. Ends the consumer after too many in a row.
    pub(super) fn event_failed(&self) {
        let in_a_row = self.failed_in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
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

    pub(super) fn bus_lost(&self, error: &BusError) {
        self.counts.disconnects.add(1);
        self.is_bus_lost.store(true, Ordering::Relaxed);
        tracing::error!(target: LOG, topic = %self.topic(), %error, "lost the connection to the bus; reconnecting");
    }

    pub(super) fn bus_recovered(&self, after: Duration) {
        self.is_bus_lost.store(false, Ordering::Relaxed);
        tracing::info!(target: LOG, topic = %self.topic(), ?after, "reconnected to the bus");
    }

    /// Whether the bus answers and the consumer has not ended by itself.
    pub(super) fn is_ready(&self) -> bool {
        !self.is_bus_lost.load(Ordering::Relaxed) && !self.window.has_ended()
    }

    /// Runs one of the threads of the topic. A panic ends the consumer, as nobody would do the thread's work any more.
    pub(super) fn guard(&self, thread: &str, run: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            self.window.end(End::Bus(panicked(thread, panic)));
        }
    }

    /// Begins to stop: no more entries are begun, and a read that waits returns.
    pub(super) fn stop(&self) {
        self.window.stop();
        self.consumer.wake();
    }

    /// Waits for the receivers that run, acknowledges what they have done and releases the rest. Returns the number of
    /// receivers that still run at the deadline.
    pub(super) fn drain(&self, deadline: Instant) -> usize {
        let drained = self.window.drain(deadline);
        self.hand_back(&drained.done, &drained.waiting);
        drained.running
    }

    /// Releases what a read has brought after the drain.
    pub(super) fn release_late(&self) {
        self.hand_back(&[], &self.window.take_waiting());
    }

    fn hand_back(&self, done: &[EntryId], waiting: &[EntryId]) {
        let acknowledged = if done.is_empty() { Ok(()) } else { self.consumer.acknowledge(done) };
        let released = if waiting.is_empty() { Ok(()) } else { self.consumer.release(waiting) };
        if let Err(error) = acknowledged.and(released) {
            tracing::warn!(
                target: LOG,
                topic = %self.topic(),
                %error,
                "could not release the entries in flight; they are redelivered when they have been idle for `claim_after`"
            );
        }
    }
}

/// The error of a panic in this part of the consumer.
pub(super) fn panicked(what: &str, panic: Box<dyn Any + Send>) -> BusError {
    BusError::new(ErrorKind::Refused, format!("{what} {}", ReceiverError::panicked(panic)))
}
