//! A part of a topic as what there is to consume: [`Range`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::bus::{
    Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ParkedStore, Rerun,
    Subscription,
};
use crate::cli::bus::moment::order;
use crate::sync;

/// What is read of a topic. A clone refers to the same reading.
#[derive(Clone)]
pub(in crate::cli::bus) struct Range {
    /// The last entry.
    last: EntryId,
    /// The types of the events; empty for all.
    types: Vec<String>,
    /// The paths of the receivers to run; empty for all.
    receivers: Vec<String>,
    /// Everything was read, and handed to the workers.
    is_read: Arc<AtomicBool>,
}

impl Range {
    /// Up to this entry, with these types, and for these receivers.
    pub(in crate::cli::bus) fn new(last: EntryId, types: Vec<String>, receivers: Vec<String>) -> Self {
        Self { last, types, receivers, is_read: Arc::default() }
    }

    /// Whether an entry is not behind the end.
    pub(in crate::cli::bus) fn has(&self, entry: &EntryId) -> bool {
        order(entry) <= order(&self.last)
    }

    /// Whether an event of this type belongs to it.
    pub(in crate::cli::bus) fn has_type(&self, delivery: &Delivery) -> bool {
        self.types.is_empty()
            || delivery.message.event_type().is_ok_and(|of| self.types.iter().any(|each| each == of))
    }
}

impl Rerun for Range {
    /// What the group has not read of the range.
    fn consumer(
        &self,
        bus: &Arc<dyn Backend>,
        subscription: &Subscription,
    ) -> Result<Box<dyn Consumer>, BusError> {
        Ok(Box::new(RangeConsumer {
            of_group: bus.consumer(subscription)?,
            backend: Arc::clone(bus),
            subscription: subscription.clone(),
            range: self.clone(),
            progress: Mutex::new(Progress::Reading),
            others: Mutex::default(),
            wait: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    fn is_chosen(&self, _: &EntryId, path: &str) -> bool {
        self.receivers.is_empty() || self.receivers.iter().any(|each| each == path)
    }

    fn is_read(&self) -> bool {
        self.is_read.load(Ordering::Acquire)
    }
}

/// The pause before the next read when entries behind the range were read: what is left of it waits until its keys are
/// free.
const PAUSE: Duration = Duration::from_millis(50);

/// Maximum number of entries behind the range that are looked at.
const MAX_BEYOND: usize = 10_000;

/// The consumer of a group of which only a part of the topic is read.
struct RangeConsumer {
    of_group: Box<dyn Consumer>,
    backend: Arc<dyn Backend>,
    subscription: Subscription,
    range: Range,
    progress: Mutex<Progress>,
    /// Entries with other types, which the next read acknowledges.
    others: Mutex<Vec<EntryId>>,
    wait: Mutex<Wait>,
    changed: Condvar,
}

/// How far the reading has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Reading,
    /// Entries behind the range were read, and others of the range were not, as their keys are not free. What is behind
    /// stays this consumer's: its group is deleted at the end.
    ReadBeyond,
    Read,
}

#[derive(Default)]
struct Wait {
    is_woken: bool,
    deadline: Option<Instant>,
}

impl RangeConsumer {
    /// Whether the group has read all of the range. `is_end` tells that a read has found nothing more of it, for a bus
    /// that does not know how much a group has not read: it reads entries in order.
    fn is_read(&self, is_end: bool) -> Result<bool, BusError> {
        let (Subscription { topic, group, .. }, last) = (&self.subscription, Some(&self.range.last));
        let Some(admin) = self.backend.admin() else { return Ok(is_end) };
        let before = admin.count(topic, last)?;
        let pending = admin.pending(topic, group, last, MAX_BEYOND)?.len() as u64;
        let groups = self.backend.groups(topic)?;
        let beyond = admin.count(topic, last)?;
        let lag = groups.iter().find(|each| each.name == *group).map(|group| group.lag);
        Ok(match lag {
            // Somebody publishes at the same time: the next read asks again.
            _ if before != beyond => false,
            Some(Some(lag)) => lag <= beyond.saturating_sub(pending),
            Some(None) => is_end,
            // Deleted by somebody, who does not want it to go on.
            None => true,
        })
    }

    /// Waits for the end, as there is nothing left to read.
    fn pause(&self, wait: Duration) {
        let end = Instant::now() + wait;
        let mut waits = sync::lock(&self.wait);
        loop {
            let end = waits.deadline.map_or(end, |deadline| deadline.min(end));
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || std::mem::take(&mut waits.is_woken) {
                return;
            }
            waits = sync::wait_timeout(&self.changed, waits, left);
        }
    }
}

impl Consumer for RangeConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut progress = sync::lock(&self.progress);
        let mut others = sync::lock(&self.others);
        let done = &[done, others.as_slice()].concat();
        let max = match *progress {
            Progress::Reading => max,
            Progress::ReadBeyond => {
                self.pause(PAUSE);
                1
            }
            Progress::Read => {
                if !done.is_empty() {
                    self.of_group.acknowledge(done)?;
                    others.clear();
                }
                // Whoever reads again has handed on what was read before.
                self.range.is_read.store(true, Ordering::Release);
                drop((progress, others));
                self.pause(wait);
                return Ok(Batch::default());
            }
        };
        let mut batch = self.of_group.read(max, wait, done)?;
        others.clear();
        let is_full = batch.deliveries.len() >= max;
        let (inside, beyond): (Vec<_>, Vec<_>) =
            batch.deliveries.into_iter().partition(|delivery| self.range.has(&delivery.entry));
        let is_end = inside.is_empty();
        let (chosen, of_other_types): (Vec<_>, Vec<_>) =
            inside.into_iter().partition(|delivery| self.range.has_type(delivery));
        others.extend(of_other_types.into_iter().map(|delivery| delivery.entry));
        if !beyond.is_empty() {
            *progress = Progress::ReadBeyond;
        }
        if !is_full || !beyond.is_empty() {
            match self.is_read(is_end) {
                Ok(true) => *progress = Progress::Read,
                Ok(false) => {}
                // What was read must not be lost: the next read asks again.
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error),
            }
        }
        batch.deliveries = chosen;
        Ok(batch)
    }

    fn wake(&self) {
        sync::lock(&self.wait).is_woken = true;
        self.changed.notify_all();
        self.of_group.wake();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.of_group.acknowledge(done)
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        self.of_group.dead_letter(delivery, letter)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        self.of_group.renew(entries)
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        self.of_group.claim(max)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        self.of_group.release(entries)
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.of_group.count_attempt(entry)
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        self.of_group.attempt_returned(entry)
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.of_group.processed(texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.of_group.mark_processed(text)
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        self.of_group.parked()
    }

    fn stop_by(&self, deadline: Instant) {
        let mut waits = sync::lock(&self.wait);
        waits.deadline = Some(waits.deadline.map_or(deadline, |before| before.min(deadline)));
        self.changed.notify_all();
        drop(waits);
        self.of_group.stop_by(deadline);
    }
}
