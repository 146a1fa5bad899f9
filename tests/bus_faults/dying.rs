//! A backend in whose calls the process may die: [`Dying`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openedx_events::avro::Fingerprint;
use openedx_events::bus::{
    Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, GroupInfo, Producer, Promises,
    StartAt, Subscription, Topic,
};

use crate::Life;

/// The real backend, with a point before and after each call of a consumer that does something.
///
/// Which entries were given, acknowledged, buried and recorded is told in the log, before the point behind it.
pub(crate) struct Dying {
    backend: Arc<dyn Backend>,
    life: Arc<Life>,
}

impl Dying {
    pub(crate) fn new(backend: Arc<dyn Backend>, life: Arc<Life>) -> Self {
        Self { backend, life }
    }
}

impl fmt::Debug for Dying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.backend.fmt(f)
    }
}

impl Backend for Dying {
    fn promises(&self) -> Promises {
        self.backend.promises()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        self.backend.producer()
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let consumer = self.backend.consumer(subscription)?;
        Ok(Box::new(DyingConsumer { consumer, life: Arc::clone(&self.life) }))
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
}

struct DyingConsumer {
    consumer: Box<dyn Consumer>,
    life: Arc<Life>,
}

impl DyingConsumer {
    /// Does something, with its points around.
    fn around<T>(
        &self,
        name: &str,
        call: impl FnOnce() -> Result<T, BusError>,
        tell: impl FnOnce(&T) -> Vec<String>,
    ) -> Result<T, BusError> {
        self.life.pass(&format!("before-{name}"));
        let value = call()?;
        self.tell(&tell(&value));
        self.life.pass(&format!("after-{name}"));
        Ok(value)
    }

    fn tell(&self, lines: &[String]) {
        for line in lines {
            self.life.tell(line);
        }
    }

    /// Each entry of what was given to the program.
    fn given(batch: &Batch) -> Vec<String> {
        batch.deliveries.iter().map(|delivery| format!("given {}", delivery.entry)).collect()
    }

    fn acknowledged(done: &[EntryId]) -> Vec<String> {
        done.iter().map(|entry| format!("acknowledged {entry}")).collect()
    }
}

impl Consumer for DyingConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        if !done.is_empty() {
            self.life.pass("before-acknowledge");
        }
        // So that the process does not outlive a test's patience with it.
        let batch = self.consumer.read(max, wait.min(Duration::from_millis(200)), done)?;
        self.tell(&Self::acknowledged(done));
        if !done.is_empty() {
            self.life.pass("after-acknowledge");
        }
        self.tell(&Self::given(&batch));
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

    fn dead_letter(&self, delivery: &Delivery, letter: &DeadLetter) -> Result<Option<u64>, BusError> {
        let told = |_: &Option<u64>| Self::acknowledged(std::slice::from_ref(&delivery.entry));
        self.around("bury", || self.consumer.dead_letter(delivery, letter), told)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        self.around("keep", || self.consumer.renew(entries), |_| Vec::new())
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        self.life.pass("before-take-over");
        let batch = self.consumer.claim(max)?;
        self.tell(&Self::given(&batch));
        if !batch.deliveries.is_empty() {
            self.life.pass("after-take-over");
        }
        Ok(batch)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        self.around("release", || self.consumer.release(entries), |()| Vec::new())
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<u32, BusError> {
        self.around("mark", || self.consumer.count_attempt(entry), |_| Vec::new())
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.consumer.processed(texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.around("record", || self.consumer.mark_processed(text), |()| vec![format!("recorded {text}")])
    }
}
