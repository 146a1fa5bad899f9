//! A backend in whose calls the process may crash: [`CrashingBackend`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::avro::Fingerprint;
use openedx_events::bus::{
    Admin, Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ErrorKind,
    GroupInfo, ParkedChange, ParkedEvent, ParkedEvents, ParkedId, ParkedStart, ParkedStore, Parking,
    Producer, Promises, StartAt, Subscription, Topic,
};

use crate::Life;

/// The real backend, with a point before and after each call that changes something.
///
/// Delivered, acknowledged, dead-lettered, parked and processed entries are logged before the point after the call.
pub(crate) struct CrashingBackend {
    backend: Arc<dyn Backend>,
    life: Arc<Life>,
}

impl CrashingBackend {
    pub(crate) fn new(backend: Arc<dyn Backend>, life: Arc<Life>) -> Self {
        Self { backend, life }
    }
}

impl fmt::Debug for CrashingBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.backend.fmt(f)
    }
}

impl Backend for CrashingBackend {
    fn promises(&self) -> Promises {
        self.backend.promises()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        self.backend.producer()
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let consumer = self.backend.consumer(subscription)?;
        Ok(Box::new(CrashingConsumer { consumer, life: Arc::clone(&self.life) }))
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

struct CrashingConsumer {
    consumer: Box<dyn Consumer>,
    life: Arc<Life>,
}

impl CrashingConsumer {
    /// Makes a call between its two points.
    fn around<T>(
        &self,
        name: &str,
        call: impl FnOnce() -> Result<T, BusError>,
        lines: impl FnOnce(&T) -> Vec<String>,
    ) -> Result<T, BusError> {
        self.life.pass(&format!("before-{name}"));
        let value = call()?;
        self.log(&lines(&value));
        self.life.pass(&format!("after-{name}"));
        Ok(value)
    }

    fn log(&self, lines: &[String]) {
        for line in lines {
            self.life.log(line);
        }
    }

    /// The log lines of delivered entries.
    fn delivered(batch: &Batch) -> Vec<String> {
        batch.deliveries.iter().map(|delivery| format!("delivered {}", delivery.entry)).collect()
    }

    fn acknowledged(done: &[EntryId]) -> Vec<String> {
        done.iter().map(|entry| format!("acknowledged {entry}")).collect()
    }
}

impl Consumer for CrashingConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        if !done.is_empty() {
            self.life.pass("before-acknowledge");
        }
        // A short wait, so that the process ends soon when the test wants it to.
        let batch = self.consumer.read(max, wait.min(Duration::from_millis(200)), done)?;
        self.log(&Self::acknowledged(done));
        if !done.is_empty() {
            self.life.pass("after-acknowledge");
        }
        self.log(&Self::delivered(&batch));
        if !batch.deliveries.is_empty() {
            self.life.pass("after-read");
        }
        Ok(batch)
    }

    fn wake(&self) {
        self.consumer.wake();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.around("acknowledge", || self.consumer.acknowledge(done), |()| Self::acknowledged(done))
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let lines = |_: &EntryWrite<Option<u64>>| Self::acknowledged(std::slice::from_ref(&delivery.entry));
        self.around("dead-letter", || self.consumer.dead_letter(delivery, dead_letter), lines)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        self.around("renew", || self.consumer.renew(entries), |_| Vec::new())
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        self.life.pass("before-claim");
        let batch = self.consumer.claim(max)?;
        self.log(&Self::delivered(&batch));
        if !batch.deliveries.is_empty() {
            self.life.pass("after-claim");
        }
        Ok(batch)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        self.around("release", || self.consumer.release(entries), |()| Vec::new())
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.around("count-attempt", || self.consumer.count_attempt(entry), |_| Vec::new())
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        self.around("attempt-returned", || self.consumer.attempt_returned(entry), |_| Vec::new())
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.consumer.processed(texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.around(
            "mark-processed",
            || self.consumer.mark_processed(text),
            |()| vec![format!("processed {text}")],
        )
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        self.consumer.parked().map(|_| self as &dyn ParkedStore)
    }

    fn stop_by(&self, deadline: Instant) {
        self.consumer.stop_by(deadline);
    }
}

impl CrashingConsumer {
    fn store(&self) -> Result<&dyn ParkedStore, BusError> {
        let none = || BusError::new(ErrorKind::Unsupported, "there is no store");
        self.consumer.parked().ok_or_else(none)
    }
}

impl ParkedStore for CrashingConsumer {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let lines = |written: &Vec<EntryWrite<ParkedId>>| {
            let parked =
                events.iter().zip(written).filter(|(_, written)| matches!(written, EntryWrite::Done(_)));
            parked.map(|(event, _)| format!("parked {}", event.delivery.entry)).collect()
        };
        self.around("park", || self.store()?.park(events), lines)
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.store()?.list(after, max)
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.around("claim-parked", || self.store()?.claim(max), |_| Vec::new())
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        self.around("start-parked", || self.store()?.start(events), |_| Vec::new())
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        let dead: Vec<_> =
            events.iter().filter_map(|event| Some(event.dead_letter?.0.entry.clone())).collect();
        let name = if dead.is_empty() { "settle-parked" } else { "dead-letter" };
        self.around(name, || self.store()?.settle(events), |_| Self::acknowledged(&dead))
    }

    fn renew(&self) -> Result<(), BusError> {
        self.around("renew-parked", || self.store()?.renew(), |()| Vec::new())
    }
}
