//! A part of a topic as what there is to consume: [`Range`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::bus::{
    Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ErrorKind, ParkedStore,
    Subscription,
};
use crate::cli::bus::moment::order;
use crate::sync;

/// What is read of a topic.
pub(in crate::cli::bus) struct Range {
    /// The last entry.
    pub(in crate::cli::bus) last: EntryId,
    /// The types of the events; empty for all.
    pub(in crate::cli::bus) types: Vec<String>,
    /// Everything was read, and handed to the workers.
    is_read: AtomicBool,
}

impl Range {
    /// Up to this entry, and with these types.
    pub(in crate::cli::bus) fn new(last: EntryId, types: Vec<String>) -> Self {
        Self { last, types, is_read: AtomicBool::new(false) }
    }

    /// Whether everything was read, and handed to the workers.
    pub(in crate::cli::bus) fn is_read(&self) -> bool {
        self.is_read.load(Ordering::Acquire)
    }

    /// Whether an event of this type belongs to it.
    pub(in crate::cli::bus) fn has_type(&self, delivery: &Delivery) -> bool {
        self.types.is_empty()
            || delivery.message.event_type().is_ok_and(|of| self.types.iter().any(|each| each == of))
    }

    /// A consumer that reads for a group what is left of the range.
    ///
    /// # Errors
    ///
    /// Those of joining the group, and of counting what is left.
    pub(in crate::cli::bus) fn consumer(
        self: &Arc<Self>,
        backend: &dyn Backend,
        subscription: &Subscription,
    ) -> Result<Box<dyn Consumer>, BusError> {
        let left = self.left(backend, subscription)?;
        let of_group = backend.consumer(subscription)?;
        let range = Arc::clone(self);
        let progress = Mutex::new(Progress { left, is_beyond: false });
        Ok(Box::new(RangeConsumer {
            of_group,
            range,
            progress,
            wait: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// The number of entries of the range that the group has not done.
    fn left(&self, backend: &dyn Backend, subscription: &Subscription) -> Result<u64, BusError> {
        let Subscription { topic, group, .. } = subscription;
        let unknown = |what: &str| {
            BusError::new(ErrorKind::Busy, format!("cannot count what is left to replay: {what}"))
        };
        let admin = backend.admin().ok_or_else(|| unknown("the bus offers nothing to operators"))?;
        // Somebody may publish between the calls.
        for _ in 0..COUNTS {
            let before = admin.count(topic, Some(&self.last))?;
            let groups = backend.groups(topic)?;
            let after = admin.count(topic, Some(&self.last))?;
            let Some(group) = groups.iter().find(|each| each.name == *group) else {
                return Err(unknown("its group is gone"));
            };
            if before == after {
                let lag =
                    group.lag.ok_or_else(|| unknown("the bus does not know how far the group has come"))?;
                return Ok((lag + group.pending).saturating_sub(after));
            }
        }
        Err(unknown("too much is published meanwhile"))
    }
}

/// How often it is counted at most.
const COUNTS: usize = 100;
/// The pause before the next read when entries behind the range were read: what is left of it waits until its keys are free.
const PAUSE: Duration = Duration::from_millis(50);

/// The consumer of a group of which only a part of the topic is read.
struct RangeConsumer {
    of_group: Box<dyn Consumer>,
    range: Arc<Range>,
    progress: Mutex<Progress>,
    wait: Mutex<Wait>,
    changed: Condvar,
}

/// How far the reading has come.
struct Progress {
    /// The number of entries of the range that were not read yet.
    left: u64,
    /// Entries behind the range were read. They stay the consumer's, as its group is deleted at the end.
    is_beyond: bool,
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
        let mut progress = sync::lock(&self.progress);
        if progress.left == 0 {
            if !done.is_empty() {
                self.of_group.acknowledge(done)?;
            }
            // Whoever reads again has handed on what was read before.
            self.range.is_read.store(true, Ordering::Release);
            drop(progress);
            self.pause(wait);
            return Ok(Batch::default());
        }
        let max = if progress.is_beyond {
            self.pause(PAUSE);
            1
        } else {
            max
        };
        let mut batch = self.of_group.read(max, wait, done)?;
        let last = order(&self.range.last);
        let (inside, beyond): (Vec<_>, Vec<_>) =
            batch.deliveries.into_iter().partition(|delivery| order(&delivery.entry) <= last);
        let read = (inside.len() + batch.trimmed.len()) as u64 + batch.missed;
        progress.left = progress.left.saturating_sub(read);
        progress.is_beyond |= !beyond.is_empty();
        let (chosen, others): (Vec<_>, Vec<_>) =
            inside.into_iter().partition(|delivery| self.range.has_type(delivery));
        if !others.is_empty() {
            self.of_group.acknowledge(&entries(&others))?;
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

fn entries(deliveries: &[Delivery]) -> Vec<EntryId> {
    deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}
