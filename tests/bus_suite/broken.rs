//! A backend that breaks a promise: the real one in memory, behind a [`Fault`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::avro::Fingerprint;
use openedx_events::bus::memory::Memory;
use openedx_events::bus::suite::Subject;
use openedx_events::bus::{
    Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ErrorKind, GroupInfo,
    Message, ParkedChange, ParkedEvent, ParkedEvents, ParkedId, ParkedPlace, ParkedStart, ParkedStore,
    ParkedWrite, Parking, Producer, Promises, PublishError, StartAt, Subscription, Topic,
};
use openedx_events_tests::faulty::Faulty;

/// The password in the address of the backend.
pub(crate) const PASSWORD: &str = "correct-horse";

/// A promise that is broken. What a fault does not override is passed on unchanged.
pub(crate) trait Fault: Send + Sync + 'static {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        sound.publish(topic, messages)
    }

    /// A producer is dropped.
    fn close(&self, _sound: &mut dyn Producer) {}

    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        sound.consumer(subscription)
    }

    fn has_topic(&self, sound: &Memory, topic: &Topic) -> Result<bool, BusError> {
        sound.has_topic(topic)
    }

    fn groups(&self, sound: &Memory, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        sound.groups(topic)
    }

    fn delete_group(&self, sound: &Memory, topic: &Topic, group: &str) -> Result<bool, BusError> {
        sound.delete_group(topic, group)
    }

    fn skip(&self, sound: &Memory, topic: &Topic, group: &str) -> Result<bool, BusError> {
        sound.skip(topic, group)
    }

    fn store_schemas(
        &self,
        sound: &Memory,
        topic: &Topic,
        schemas: &[(Fingerprint, &str)],
    ) -> Result<(), BusError> {
        sound.store_schemas(topic, schemas)
    }

    fn schema(
        &self,
        sound: &Memory,
        topic: &Topic,
        fingerprint: Fingerprint,
    ) -> Result<Option<String>, BusError> {
        sound.schema(topic, fingerprint)
    }

    fn browse(
        &self,
        sound: &Memory,
        topic: &Topic,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<Delivery>, BusError> {
        sound.browse(topic, after, max)
    }

    fn list_all_parked(
        &self,
        sound: &Memory,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError> {
        sound.list(topic, group, after, max)
    }

    fn read_parked(
        &self,
        sound: &Memory,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        sound.read(topic, group, events)
    }

    fn change_parked(
        &self,
        sound: &Memory,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        sound.change(topic, group, changes)
    }

    /// The storage was killed, and starts again.
    fn restart(&self, _sound: &Memory) {}

    /// A handle whose storage cannot be reached.
    fn unreachable(&self) -> Arc<dyn Backend> {
        let away = Faulty::default();
        away.set_down(true);
        Arc::new(away)
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Broken")
    }

    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        seat.sound.read(max, wait, done)
    }

    fn wake(&self, seat: &Seat) {
        seat.sound.wake();
    }

    fn acknowledge(&self, seat: &Seat, done: &[EntryId]) -> Result<(), BusError> {
        seat.sound.acknowledge(done)
    }

    fn dead_letter(
        &self,
        seat: &Seat,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        seat.sound.dead_letter(delivery, dead_letter)
    }

    fn renew(&self, seat: &Seat, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        seat.sound.renew(entries)
    }

    fn release(&self, seat: &Seat, entries: &[EntryId]) -> Result<(), BusError> {
        seat.sound.release(entries)
    }

    fn count_attempt(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        seat.sound.count_attempt(entry)
    }

    fn attempt_returned(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        seat.sound.attempt_returned(entry)
    }

    fn processed(&self, seat: &Seat, texts: &[String]) -> Result<Vec<bool>, BusError> {
        seat.sound.processed(texts)
    }

    fn mark_processed(&self, seat: &Seat, text: &str) -> Result<(), BusError> {
        seat.sound.mark_processed(text)
    }

    fn stop_by(&self, seat: &Seat, deadline: Instant) {
        seat.sound.stop_by(deadline);
    }

    fn park(&self, seat: &Seat, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        seat.store()?.park(events)
    }

    fn list_parked(
        &self,
        seat: &Seat,
        after: Option<ParkedId>,
        max: usize,
    ) -> Result<Vec<ParkedEvent>, BusError> {
        seat.store()?.list(after, max)
    }

    fn claim_parked(&self, seat: &Seat, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        seat.store()?.claim(max)
    }

    fn start_parked(&self, seat: &Seat, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        seat.store()?.start(events)
    }

    fn settle_parked(&self, seat: &Seat, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        seat.store()?.settle(events)
    }

    fn renew_parked(&self, seat: &Seat) -> Result<(), BusError> {
        seat.store()?.renew()
    }
}

/// A consumer of the sound backend, and what a fault has to know to misuse it.
pub(crate) struct Seat {
    pub(crate) sound: Box<dyn Consumer>,
    pub(crate) memory: Memory,
    pub(crate) subscription: Subscription,
}

impl Seat {
    /// The name of the consumer.
    pub(crate) fn name(&self) -> &str {
        &self.subscription.consumer
    }

    /// The sound store of parked events.
    pub(crate) fn store(&self) -> Result<&dyn ParkedStore, BusError> {
        let none = || BusError::new(ErrorKind::Unsupported, "there is no store");
        self.sound.parked().ok_or_else(none)
    }
}

/// The bus in memory with a fault. Clones share both.
#[derive(Clone)]
pub(crate) struct Broken {
    memory: Memory,
    fault: Arc<dyn Fault>,
    timeout: Duration,
}

impl Broken {
    pub(crate) fn new(fault: impl Fault) -> Self {
        Self { memory: Memory::new(), fault: Arc::new(fault), timeout: Duration::from_mins(1) }
    }

    /// Sets how long a behaviour waits for what must happen.
    pub(crate) fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

impl Subject for Broken {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.clone())
    }

    fn restart(&self) -> bool {
        self.fault.restart(&self.memory);
        true
    }

    fn unreachable(&self) -> Option<Arc<dyn Backend>> {
        Some(self.fault.unreachable())
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.debug(f)
    }
}

impl Backend for Broken {
    /// It claims to be durable, as far as its restarts go.
    fn promises(&self) -> Promises {
        Promises::new(true, false, self.memory.promises().order)
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        Ok(Box::new(BrokenProducer { sound: self.memory.producer()?, fault: Arc::clone(&self.fault) }))
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let sound = self.fault.subscribe(&self.memory, subscription)?;
        let seat = Seat { sound, memory: self.memory.clone(), subscription: subscription.clone() };
        Ok(Box::new(BrokenConsumer { seat, fault: Arc::clone(&self.fault) }))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        self.fault.has_topic(&self.memory, topic)
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        self.fault.groups(&self.memory, topic)
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        self.memory.create_group(topic, group, start)
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.fault.delete_group(&self.memory, topic, group)
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.fault.skip(&self.memory, topic, group)
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        self.fault.store_schemas(&self.memory, topic, schemas)
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.fault.schema(&self.memory, topic, fingerprint)
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        self.fault.browse(&self.memory, topic, after, max)
    }

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        Some(self)
    }
}

impl ParkedEvents for Broken {
    fn list(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError> {
        self.fault.list_all_parked(&self.memory, topic, group, after, max)
    }

    fn read(
        &self,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        self.fault.read_parked(&self.memory, topic, group, events)
    }

    fn change(
        &self,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        self.fault.change_parked(&self.memory, topic, group, changes)
    }
}

struct BrokenProducer {
    sound: Box<dyn Producer>,
    fault: Arc<dyn Fault>,
}

impl Producer for BrokenProducer {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        self.fault.publish(&mut *self.sound, topic, messages)
    }
}

impl Drop for BrokenProducer {
    fn drop(&mut self) {
        self.fault.close(&mut *self.sound);
    }
}

struct BrokenConsumer {
    seat: Seat,
    fault: Arc<dyn Fault>,
}

impl Consumer for BrokenConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        self.fault.read(&self.seat, max, wait, done)
    }

    fn wake(&self) {
        self.fault.wake(&self.seat);
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.fault.acknowledge(&self.seat, done)
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        self.fault.dead_letter(&self.seat, delivery, dead_letter)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        self.fault.renew(&self.seat, entries)
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        self.seat.sound.claim(max)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        self.fault.release(&self.seat, entries)
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.fault.count_attempt(&self.seat, entry)
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        self.fault.attempt_returned(&self.seat, entry)
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.fault.processed(&self.seat, texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.fault.mark_processed(&self.seat, text)
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        Some(self)
    }

    fn stop_by(&self, deadline: Instant) {
        self.fault.stop_by(&self.seat, deadline);
    }
}

impl ParkedStore for BrokenConsumer {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        self.fault.park(&self.seat, events)
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.fault.list_parked(&self.seat, after, max)
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.fault.claim_parked(&self.seat, max)
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        self.fault.start_parked(&self.seat, events)
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        self.fault.settle_parked(&self.seat, events)
    }

    fn renew(&self) -> Result<(), BusError> {
        self.fault.renew_parked(&self.seat)
    }
}
