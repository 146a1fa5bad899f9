//! A backend whose storage can be taken away: the real one in memory, behind a switch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use openedx_events::avro::Fingerprint;
use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Admin, Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ErrorKind,
    GroupInfo, Message, ParkedChange, ParkedEvent, ParkedEvents, ParkedId, ParkedStart, ParkedStore, Parking,
    Producer, Promises, PublishError, StartAt, Subscription, Topic,
};

/// The bus in memory, behind a switch.
#[derive(Clone, Debug, Default)]
pub struct Faulty {
    /// What is behind the switch.
    pub memory: Memory,
    switch: Arc<Switch>,
}

#[derive(Debug, Default)]
struct Switch {
    is_down: AtomicBool,
    refuses: AtomicBool,
    dead_letters_fail: AtomicBool,
    loses_answers: AtomicBool,
    attempts: AtomicUsize,
}

impl Faulty {
    /// Makes it unreachable, or reachable again.
    pub fn set_down(&self, is_down: bool) {
        self.switch.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Refuses everything from now on.
    pub fn refuse(&self) {
        self.switch.refuses.store(true, Ordering::SeqCst);
    }

    /// Lets writing dead letters fail, or succeed again.
    pub fn set_dead_letters_fail(&self, fail: bool) {
        self.switch.dead_letters_fail.store(fail, Ordering::SeqCst);
    }

    /// Lets the answer to the next call that parks events be lost: they are parked, and the call fails.
    pub fn lose_an_answer(&self) {
        self.switch.loses_answers.store(true, Ordering::SeqCst);
    }

    /// The number of calls that have failed.
    pub fn attempts(&self) -> usize {
        self.switch.attempts.load(Ordering::SeqCst)
    }
}

impl Switch {
    fn check(&self) -> Result<(), BusError> {
        let kind = if self.refuses.load(Ordering::SeqCst) {
            ErrorKind::Refused
        } else if self.is_down.load(Ordering::SeqCst) {
            ErrorKind::Unreachable
        } else {
            return Ok(());
        };
        self.attempts.fetch_add(1, Ordering::SeqCst);
        Err(BusError::new(kind, "the switch is off"))
    }
}

impl Backend for Faulty {
    fn promises(&self) -> Promises {
        self.memory.promises()
    }

    fn address(&self) -> String {
        self.memory.address()
    }

    fn system(&self) -> &'static str {
        self.memory.system()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        self.switch.check()?;
        Ok(Box::new(FaultyProducer(self.memory.producer()?, Arc::clone(&self.switch))))
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        self.switch.check()?;
        Ok(Box::new(FaultyConsumer(self.memory.consumer(subscription)?, Arc::clone(&self.switch))))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        self.memory.has_topic(topic)
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        self.memory.groups(topic)
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        self.memory.create_group(topic, group, start)
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.memory.delete_group(topic, group)
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.memory.skip(topic, group)
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        self.switch.check()?;
        self.memory.store_schemas(topic, schemas)
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.switch.check()?;
        self.memory.schema(topic, fingerprint)
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        self.memory.browse(topic, after, max)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        self.memory.admin()
    }

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        self.memory.parked()
    }
}

struct FaultyProducer(Box<dyn Producer>, Arc<Switch>);

impl Producer for FaultyProducer {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        self.1.check().map_err(|error| PublishError::new(0, error))?;
        self.0.publish(topic, messages)
    }
}

struct FaultyConsumer(Box<dyn Consumer>, Arc<Switch>);

impl Consumer for FaultyConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        self.1.check()?;
        self.0.read(max, wait.min(Duration::from_millis(20)), done)
    }

    fn wake(&self) {
        self.0.wake();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.1.check()?;
        self.0.acknowledge(done)
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        self.1.check()?;
        if self.1.dead_letters_fail.load(Ordering::SeqCst) {
            self.1.attempts.fetch_add(1, Ordering::SeqCst);
            return Err(BusError::new(ErrorKind::Busy, "no room for dead letters"));
        }
        self.0.dead_letter(delivery, dead_letter)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        self.1.check()?;
        self.0.renew(entries)
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        self.1.check()?;
        self.0.claim(max)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        self.1.check()?;
        self.0.release(entries)
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.1.check()?;
        self.0.count_attempt(entry)
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        self.1.check()?;
        self.0.attempt_returned(entry)
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.1.check()?;
        self.0.processed(texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.1.check()?;
        self.0.mark_processed(text)
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        Some(self)
    }

    fn stop_by(&self, deadline: Instant) {
        self.0.stop_by(deadline);
    }
}

impl FaultyConsumer {
    fn store(&self) -> Result<&dyn ParkedStore, BusError> {
        self.1.check()?;
        let none = || BusError::new(ErrorKind::Unsupported, "there is no store");
        self.0.parked().ok_or_else(none)
    }
}

impl ParkedStore for FaultyConsumer {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let parked = self.store()?.park(events);
        if self.1.loses_answers.swap(false, Ordering::SeqCst) {
            self.1.attempts.fetch_add(1, Ordering::SeqCst);
            return Err(BusError::new(ErrorKind::Unreachable, "the answer is lost"));
        }
        parked
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.store()?.list(after, max)
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        self.store()?.claim(max)
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        self.store()?.start(events)
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        self.store()?.settle(events)
    }

    fn renew(&self) -> Result<(), BusError> {
        self.store()?.renew()
    }
}
