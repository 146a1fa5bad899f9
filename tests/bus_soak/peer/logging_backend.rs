//! A backend whose calls are logged: [`LoggingBackend`].

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use openedx_events::AnySignal as _;
use openedx_events::avro::Fingerprint;
use openedx_events::bus::{
    Admin, Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ErrorKind,
    GroupInfo, ParkedChange, ParkedEvent, ParkedEvents, ParkedId, ParkedStart, ParkedStore, Parking,
    Producer, Promises, StartAt, Subscription, Topic, Waiting,
};

use crate::event::{TASK_GIVEN, TaskGiven};
use crate::log::{Log, Record, Text, now};

/// The real backend. What was delivered, acknowledged, released and counted is logged.
pub(crate) struct LoggingBackend {
    backend: Arc<dyn Backend>,
    log: Arc<Log>,
}

impl LoggingBackend {
    pub(crate) fn new(backend: Arc<dyn Backend>, log: Arc<Log>) -> Self {
        Self { backend, log }
    }
}

impl fmt::Debug for LoggingBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.backend.fmt(f)
    }
}

impl Backend for LoggingBackend {
    fn promises(&self) -> Promises {
        self.backend.promises()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        self.backend.producer()
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        self.log.write(Record::Subscribing {});
        let consumer = self.backend.consumer(subscription)?;
        Ok(Box::new(LoggingConsumer { consumer, log: Arc::clone(&self.log), claimed: Mutex::default() }))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        self.backend.has_topic(topic)
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        self.backend.groups(topic)
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        self.backend.create_group(topic, group, start)
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.backend.delete_group(topic, group)
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.backend.skip(topic, group)
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        self.backend.store_schemas(topic, schemas)
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.backend.schema(topic, fingerprint)
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        self.backend.browse(topic, after, max)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        self.backend.admin()
    }

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        self.backend.parked()
    }
}

struct LoggingConsumer {
    consumer: Box<dyn Consumer>,
    log: Arc<Log>,
    /// Parked events that were another consumer's.
    claimed: Mutex<HashSet<ParkedId>>,
}

impl LoggingConsumer {
    fn delivered(&self, batch: &Batch, way: &str, since: u64) {
        self.log.write_all(batch.deliveries.iter().map(|delivery| Record::Delivered {
            entry: text(&delivery.entry),
            number: number(delivery),
            way: way.into(),
            since,
        }));
    }

    fn acknowledged(&self, done: &[EntryId]) {
        self.log.write_all(done.iter().map(|entry| Record::Acknowledged { entry: text(entry) }));
    }

    fn lost(&self, entry: &EntryId) {
        self.log.write(Record::Lost { entry: text(entry) });
    }
}

fn text(entry: &EntryId) -> Text {
    entry.as_str().into()
}

/// The number of a task; -1 for another message.
fn number(delivery: &Delivery) -> i64 {
    let event = delivery.message.payload.as_deref().and_then(|payload| TASK_GIVEN.decode(payload).ok());
    event
        .and_then(|event| event.as_any().downcast_ref::<TaskGiven>().map(|event| event.task.number))
        .unwrap_or(-1)
}

impl Consumer for LoggingConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let since = now();
        let batch = self.consumer.read(max, wait, done)?;
        self.acknowledged(done);
        self.delivered(&batch, "read", since);
        Ok(batch)
    }

    fn wake(&self) {
        self.consumer.wake();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.consumer.acknowledge(done)?;
        self.acknowledged(done);
        Ok(())
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let write = self.consumer.dead_letter(delivery, dead_letter)?;
        match write {
            EntryWrite::Done(_) => self.acknowledged(std::slice::from_ref(&delivery.entry)),
            EntryWrite::Claimed | EntryWrite::NoGroup => self.lost(&delivery.entry),
        }
        Ok(write)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        let lost = self.consumer.renew(entries)?;
        self.log.write_all(lost.iter().map(|entry| Record::Lost { entry: text(entry) }));
        Ok(lost)
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        let since = now();
        let batch = self.consumer.claim(max)?;
        self.delivered(&batch, "claim", since);
        Ok(batch)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        // Before the call, as others may have them before it returns.
        self.log.write_all(entries.iter().map(|entry| Record::Released { entry: text(entry) }));
        self.consumer.release(entries)
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.log.write(Record::Counting { entry: text(entry) });
        let write = self.consumer.count_attempt(entry)?;
        if !matches!(write, EntryWrite::Done(_)) {
            self.lost(entry);
        }
        Ok(write)
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        let write = self.consumer.attempt_returned(entry)?;
        self.log.write(Record::Returned { entry: text(entry) });
        if !matches!(write, EntryWrite::Done(())) {
            self.lost(entry);
        }
        Ok(write)
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.consumer.processed(texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.consumer.mark_processed(text)
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        self.consumer.parked().map(|_| self as &dyn ParkedStore)
    }

    fn stop_by(&self, deadline: Instant) {
        self.consumer.stop_by(deadline);
    }
}

/// The paths of receivers, with commas.
fn names(waiting: &[Waiting]) -> Text {
    let names: Vec<_> = waiting.iter().map(|waiting| waiting.receiver.as_str()).collect();
    names.join(",").as_str().into()
}

impl LoggingConsumer {
    fn store(&self) -> Result<&dyn ParkedStore, BusError> {
        let none = || BusError::new(ErrorKind::Unsupported, "the backend does not park");
        self.consumer.parked().ok_or_else(none)
    }
}

impl ParkedStore for LoggingConsumer {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let written = self.store()?.park(events)?;
        for (event, write) in events.iter().zip(&written) {
            match write {
                EntryWrite::Done(id) => self.log.write(Record::Parked {
                    id: id.number(),
                    entry: text(&event.delivery.entry),
                    number: number(event.delivery),
                    receivers: names(event.waiting),
                }),
                EntryWrite::Claimed | EntryWrite::NoGroup => self.lost(&event.delivery.entry),
            }
        }
        Ok(written)
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.store()?.list(after, max)
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        let claimed = self.store()?.claim(max)?;
        let mut known = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(claimed.iter().map(|event| event.id));
        self.log.write_all(claimed.iter().map(|event| Record::ClaimedParked { id: event.id.number() }));
        Ok(claimed)
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        let since = now();
        self.log.write_all(events.iter().map(|event| Record::Starting { id: event.id.number() }));
        let started = self.store()?.start(events)?;
        let claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.log.write_all(events.iter().zip(&started).filter_map(|(ParkedStart { id, .. }, delivery)| {
            let delivery = delivery.as_ref()?;
            let way = if claimed.contains(id) { "claim" } else { "own" };
            Some(Record::Started {
                id: id.number(),
                entry: text(&delivery.entry),
                number: number(delivery),
                way: way.into(),
                since,
            })
        }));
        Ok(started)
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        let dead_letters = self.store()?.settle(events)?;
        let settled = |event: &ParkedChange<'_>| Record::Settled {
            id: event.id.number(),
            receivers: names(event.waiting),
        };
        self.log.write_all(events.iter().map(settled));
        Ok(dead_letters)
    }

    fn renew(&self) -> Result<(), BusError> {
        self.store()?.renew()
    }
}
