//! A backend that does not park, as in releases that know no parked events: [`WithoutParking`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::avro::Fingerprint;
use openedx_events::bus::{
    Admin, Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, GroupInfo,
    Producer, Promises, StartAt, Subscription, Topic,
};

/// The real backend, whose consumers have no store of parked events.
#[derive(Debug)]
pub(crate) struct WithoutParking(Arc<dyn Backend>);

impl WithoutParking {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self(backend)
    }
}

impl Backend for WithoutParking {
    fn promises(&self) -> Promises {
        self.0.promises()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        self.0.producer()
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        Ok(Box::new(WithoutStore(self.0.consumer(subscription)?)))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        self.0.has_topic(topic)
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        self.0.groups(topic)
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        self.0.create_group(topic, group, start)
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.0.delete_group(topic, group)
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.0.skip(topic, group)
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        self.0.store_schemas(topic, schemas)
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.0.schema(topic, fingerprint)
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        self.0.browse(topic, after, max)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        self.0.admin()
    }
}

/// Its `parked` is that of the trait: there is none.
struct WithoutStore(Box<dyn Consumer>);

impl Consumer for WithoutStore {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        self.0.read(max, wait, done)
    }

    fn wake(&self) {
        self.0.wake();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.0.acknowledge(done)
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        self.0.dead_letter(delivery, dead_letter)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        self.0.renew(entries)
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        self.0.claim(max)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        self.0.release(entries)
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.0.count_attempt(entry)
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        self.0.attempt_returned(entry)
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.0.processed(texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.0.mark_processed(text)
    }

    fn stop_by(&self, deadline: Instant) {
        self.0.stop_by(deadline);
    }
}
