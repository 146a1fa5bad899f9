//! A part of a topic as what there is to consume: [`Range`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::bus::{Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ParkedStore};
use crate::cli::bus::moment::order;
use crate::sync;

/// What is read of a topic.
pub(in crate::cli::bus) struct Range {
    /// The last entry.
    pub(in crate::cli::bus) last: EntryId,
    /// The types of the events; empty for all.
    pub(in crate::cli::bus) types: Vec<String>,
    /// Everything was read.
    pub(in crate::cli::bus) is_read: AtomicBool,
}

impl Range {
    /// Whether an event of this type belongs to it.
    pub(in crate::cli::bus) fn has_type(&self, delivery: &Delivery) -> bool {
        self.types.is_empty()
            || delivery.message.event_type().is_ok_and(|of| self.types.iter().any(|each| each == of))
    }

    pub(in crate::cli::bus) fn consumer(self: &Arc<Self>, of_group: Box<dyn Consumer>) -> Box<dyn Consumer> {
        let range = Arc::clone(self);
        Box::new(RangeConsumer { of_group, range, wait: Mutex::default(), changed: Condvar::new() })
    }
}

/// The consumer of a group of which only a part of the topic is read.
struct RangeConsumer {
    of_group: Box<dyn Consumer>,
    range: Arc<Range>,
    wait: Mutex<Wait>,
    changed: Condvar,
}

#[derive(Default)]
struct Wait {
    is_woken: bool,
    deadline: Option<Instant>,
}

impl RangeConsumer {
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
        if self.range.is_read.load(Ordering::Acquire) {
            if !done.is_empty() {
                self.of_group.acknowledge(done)?;
            }
            self.pause(wait);
            return Ok(Batch::default());
        }
        let mut batch = self.of_group.read(max, wait, done)?;
        let is_at_end = batch.deliveries.is_empty();
        let last = order(&self.range.last);
        let (inside, beyond): (Vec<_>, Vec<_>) =
            batch.deliveries.into_iter().partition(|delivery| order(&delivery.entry) <= last);
        let (chosen, others): (Vec<_>, Vec<_>) =
            inside.into_iter().partition(|delivery| self.range.has_type(delivery));
        if !others.is_empty() {
            self.of_group.acknowledge(&entries(&others))?;
        }
        let is_beyond = !beyond.is_empty();
        if is_beyond {
            self.of_group.release(&entries(&beyond))?;
        }
        batch.deliveries = chosen;
        if is_at_end || is_beyond {
            self.range.is_read.store(true, Ordering::Release);
        }
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

fn entries(deliveries: &[Delivery]) -> Vec<EntryId> {
    deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}
