//! A bus with other consumers: [`Rerun`].

use std::fmt;
use std::sync::Arc;

use crate::avro::Fingerprint;
use crate::bus::{
    Backend, BusError, Consumer, Delivery, EntryId, GroupInfo, Producer, Promises, StartAt, Subscription,
    Topic,
};

/// Makes the consumers.
type Consumers = dyn Fn(&Subscription) -> Result<Box<dyn Consumer>, BusError> + Send + Sync;

/// A bus whose consumers read something else than what is new for their group.
pub(in crate::cli::bus) struct Rerun {
    backend: Arc<dyn Backend>,
    consumers: Box<Consumers>,
}

impl Rerun {
    pub(in crate::cli::bus) fn new(
        backend: Arc<dyn Backend>,
        consumers: impl Fn(&Subscription) -> Result<Box<dyn Consumer>, BusError> + Send + Sync + 'static,
    ) -> Self {
        Self { backend, consumers: Box::new(consumers) }
    }
}

impl fmt::Debug for Rerun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.backend.fmt(f)
    }
}

impl Backend for Rerun {
    fn promises(&self) -> Promises {
        self.backend.promises()
    }

    fn address(&self) -> String {
        self.backend.address()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        self.backend.producer()
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        (self.consumers)(subscription)
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
