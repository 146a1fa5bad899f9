//! A backend whose errors are looked at for secrets: [`Watched`].

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::avro::Fingerprint;
use crate::bus::{
    Admin, Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ErrorKind, Finding,
    GroupInfo, Message, ParkedChange, ParkedEvent, ParkedEvents, ParkedId, ParkedPlace, ParkedStart,
    ParkedStore, ParkedWrite, Parking, PendingEntry, Position, Producer, Promises, PublishError, Seek,
    StartAt, Subscription, Topic, TopicInfo,
};
use crate::sync::lock;

/// The secrets of a backend, and the texts that have shown one. The texts are kept, and no panic is raised, since the threads
/// of a consumer see errors as well.
pub(super) struct Leaks {
    secrets: Vec<String>,
    found: Mutex<Vec<String>>,
}

impl Leaks {
    pub(super) fn of(secrets: Vec<String>) -> Self {
        Self { secrets, found: Mutex::default() }
    }

    /// Panics if a text has shown a secret.
    pub(super) fn assert_none(&self) {
        let found = lock(&self.found);
        assert!(found.is_empty(), "secrets are shown: {found:?}");
    }

    /// Looks at an error, and at its causes.
    fn look<T, E: Error>(&self, result: Result<T, E>) -> Result<T, E> {
        if let Err(error) = &result {
            let mut next: Option<&dyn Error> = Some(error);
            while let Some(error) = next {
                self.look_at(&format!("{error}; {error:?}; {error:#?}"));
                next = error.source();
            }
        }
        result
    }

    fn look_at(&self, text: &str) {
        for secret in self.secrets.iter().filter(|secret| text.contains(*secret)) {
            lock(&self.found).push(text.replace(secret, "SECRET"));
        }
    }
}

/// A backend whose errors are looked at.
pub(super) struct Watched {
    backend: Arc<dyn Backend>,
    leaks: Arc<Leaks>,
}

impl Watched {
    pub(super) fn handle(backend: Arc<dyn Backend>, leaks: &Arc<Leaks>) -> Arc<dyn Backend> {
        leaks.look_at(&format!("{backend:?}; {backend:#?}"));
        Arc::new(Self { backend, leaks: Arc::clone(leaks) })
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.backend.fmt(f)
    }
}

impl Backend for Watched {
    fn promises(&self) -> Promises {
        self.backend.promises()
    }

    fn system(&self) -> &'static str {
        self.backend.system()
    }

    fn address(&self) -> String {
        let address = self.backend.address();
        self.leaks.look_at(&address);
        address
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        let producer = self.leaks.look(self.backend.producer())?;
        Ok(Box::new(WatchedProducer { producer, leaks: Arc::clone(&self.leaks) }))
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let consumer = self.leaks.look(self.backend.consumer(subscription))?;
        Ok(Box::new(WatchedConsumer { consumer, leaks: Arc::clone(&self.leaks) }))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        self.leaks.look(self.backend.has_topic(topic))
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        self.leaks.look(self.backend.groups(topic))
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        self.leaks.look(self.backend.create_group(topic, group, start))
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.leaks.look(self.backend.delete_group(topic, group))
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.leaks.look(self.backend.skip(topic, group))
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        self.leaks.look(self.backend.store_schemas(topic, schemas))
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.leaks.look(self.backend.schema(topic, fingerprint))
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        self.leaks.look(self.backend.browse(topic, after, max))
    }

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        self.backend.parked().map(|_| self as &dyn ParkedEvents)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        self.backend.admin().map(|_| self as &dyn Admin)
    }
}

impl Watched {
    fn parked_events(&self) -> Result<&dyn ParkedEvents, BusError> {
        self.backend.parked().ok_or_else(lost_store)
    }
}

impl ParkedEvents for Watched {
    fn list(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError> {
        self.leaks.look(self.parked_events()?.list(topic, group, after, max))
    }

    fn read(
        &self,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        self.leaks.look(self.parked_events()?.read(topic, group, events))
    }

    fn change(
        &self,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        self.leaks.look(self.parked_events()?.change(topic, group, changes))
    }
}

impl Watched {
    fn operations(&self) -> Result<&dyn Admin, BusError> {
        let lost = || BusError::new(ErrorKind::Unsupported, "the backend has lost its `Admin`");
        self.backend.admin().ok_or_else(lost)
    }
}

impl Admin for Watched {
    fn topics(&self) -> Result<Vec<TopicInfo>, BusError> {
        self.leaks.look(self.operations()?.topics())
    }

    fn position(&self, topic: &Topic, position: &Position) -> Result<Option<EntryId>, BusError> {
        self.leaks.look(self.operations()?.position(topic, position))
    }

    fn count(&self, topic: &Topic, after: Option<&EntryId>) -> Result<u64, BusError> {
        self.leaks.look(self.operations()?.count(topic, after))
    }

    fn entries(&self, topic: &Topic, ids: &[EntryId]) -> Result<Vec<Option<Delivery>>, BusError> {
        self.leaks.look(self.operations()?.entries(topic, ids))
    }

    fn pending(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<PendingEntry>, BusError> {
        self.leaks.look(self.operations()?.pending(topic, group, after, max))
    }

    fn seek(&self, topic: &Topic, group: &str, after: Option<&EntryId>) -> Result<Seek, BusError> {
        self.leaks.look(self.operations()?.seek(topic, group, after))
    }

    fn remove(&self, topic: &Topic, entries: &[EntryId]) -> Result<u64, BusError> {
        self.leaks.look(self.operations()?.remove(topic, entries))
    }

    fn inspect(&self, topics: &[Topic]) -> Result<Vec<Finding>, BusError> {
        let findings = self.leaks.look(self.operations()?.inspect(topics))?;
        self.leaks.look_at(&format!("{findings:?}"));
        Ok(findings)
    }
}

fn lost_store() -> BusError {
    BusError::new(ErrorKind::Unsupported, "the backend has lost its store")
}

struct WatchedProducer {
    producer: Box<dyn Producer>,
    leaks: Arc<Leaks>,
}

impl Producer for WatchedProducer {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        self.leaks.look(self.producer.publish(topic, messages))
    }
}

struct WatchedConsumer {
    consumer: Box<dyn Consumer>,
    leaks: Arc<Leaks>,
}

impl Consumer for WatchedConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        self.leaks.look(self.consumer.read(max, wait, done))
    }

    fn wake(&self) {
        self.consumer.wake();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.leaks.look(self.consumer.acknowledge(done))
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        self.leaks.look(self.consumer.dead_letter(delivery, dead_letter))
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        self.leaks.look(self.consumer.renew(entries))
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        self.leaks.look(self.consumer.claim(max))
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        self.leaks.look(self.consumer.release(entries))
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.leaks.look(self.consumer.count_attempt(entry))
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        self.leaks.look(self.consumer.attempt_returned(entry))
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.leaks.look(self.consumer.processed(texts))
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.leaks.look(self.consumer.mark_processed(text))
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        self.consumer.parked().map(|_| self as &dyn ParkedStore)
    }

    fn is_standby(&self) -> bool {
        self.consumer.is_standby()
    }

    fn stop_by(&self, deadline: Instant) {
        self.consumer.stop_by(deadline);
    }
}

impl WatchedConsumer {
    fn store(&self) -> Result<&dyn ParkedStore, BusError> {
        self.consumer.parked().ok_or_else(lost_store)
    }
}

impl ParkedStore for WatchedConsumer {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        self.leaks.look(self.store()?.park(events))
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.leaks.look(self.store()?.list(after, max))
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.leaks.look(self.store()?.claim(max))
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        self.leaks.look(self.store()?.start(events))
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        self.leaks.look(self.store()?.settle(events))
    }

    fn renew(&self) -> Result<(), BusError> {
        self.leaks.look(self.store()?.renew())
    }
}
