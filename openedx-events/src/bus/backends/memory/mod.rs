//! The backend in memory, for tests and for programs that run in one process.
//!
//! Entries that all groups of a topic have done are removed; a topic without groups keeps everything.
//!
//! ```
//! use openedx_events::bus::memory::Memory;
//! use openedx_events::bus::{Backend, Header, Message, Topic};
//!
//! let (bus, topic) = (Memory::new(), Topic::new("notes")?);
//! let message = Message { headers: vec![Header::new("type", "org.example.note.v1")], payload: None };
//! bus.producer()?.publish(&topic, &[message])?;
//! assert_eq!(bus.browse(&topic, None, 10)?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod admin;
mod group;
mod names;
mod parked;
mod parked_events;
mod topic;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use crate::avro::Fingerprint;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{
    Admin, Backend, Batch, Consumer, Delivery, EntryId, EntryWrite, GroupInfo, KeyOrder, ParkedChange,
    ParkedEvent, ParkedEvents, ParkedId, ParkedStart, ParkedStore, Parking, Producer, Promises, PublishError,
    StartAt, Subscription,
};
use crate::bus::message::Message;
use crate::bus::message::dead_letter::DeadLetter;
use crate::bus::message::topic::Topic;
use crate::sync;
use group::Members;
use names::{Name, Names};
use topic::Log;

/// Topics in memory. A clone refers to the same ones.
#[derive(Clone, Default)]
pub struct Memory(Arc<Shared>);

#[derive(Default)]
struct Shared {
    topics: Mutex<HashMap<Topic, Log>>,
    names: Names,
    /// Notified when there is something to read, or a reader must stop waiting.
    changed: Condvar,
}

impl Memory {
    /// Creates topics that only this value and its clones see.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the topics of this name, which all users of the name share within this process. They live as long as the
    /// process. The address of the same bus in settings is `memory:NAME`.
    pub fn open(name: &str) -> Self {
        static NAMED: LazyLock<Mutex<HashMap<String, Memory>>> = LazyLock::new(Mutex::default);

        sync::lock(&NAMED).entry(name.to_owned()).or_default().clone()
    }
}

impl Shared {
    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, Log>> {
        sync::lock(&self.topics)
    }
}

impl Backend for Memory {
    fn promises(&self) -> Promises {
        Promises::new(false, false, KeyOrder::Group)
    }

    fn system(&self) -> &'static str {
        "memory"
    }

    fn address(&self) -> String {
        "memory:".to_owned()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        Ok(Box::new(self.clone()))
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let name = self.0.names.take(subscription)?;
        self.create_group(&subscription.topic, &subscription.group, subscription.start)?;
        let mut topics = self.0.topics();
        let log = topics.entry(subscription.topic.clone()).or_default();
        log.join(&subscription.group, &subscription.consumer);
        Ok(Box::new(Reader {
            bus: Arc::clone(&self.0),
            subscription: subscription.clone(),
            _name: name,
            deadline: OnceLock::new(),
        }))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        Ok(self.0.topics().get(topic).is_some_and(Log::is_used))
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        Ok(self.0.topics().get(topic).map(Log::groups).unwrap_or_default())
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        Ok(self.0.topics().entry(topic.clone()).or_default().create_group(group, start))
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        Ok(self.0.topics().get_mut(topic).is_some_and(|log| log.delete_group(group)))
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        Ok(self.0.topics().get_mut(topic).is_some_and(|log| log.skip(group)))
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        let mut topics = self.0.topics();
        let log = topics.entry(topic.clone()).or_default();
        for (fingerprint, schema) in schemas {
            log.store_schema(*fingerprint, schema);
        }
        Ok(())
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        Ok(self.0.topics().get(topic).and_then(|log| log.schema(fingerprint)))
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        let after = after.map(number).transpose()?;
        Ok(self.0.topics().get(topic).map(|log| log.browse(after, max)).unwrap_or_default())
    }

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        Some(self)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        Some(self)
    }
}

impl Producer for Memory {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        self.0.topics().entry(topic.clone()).or_default().append(messages);
        self.0.changed.notify_all();
        Ok(())
    }
}

struct Reader {
    bus: Arc<Shared>,
    subscription: Subscription,
    /// Free again when this is dropped.
    _name: Name,
    /// No read waits beyond it.
    deadline: OnceLock<Instant>,
}

impl Reader {
    /// Runs `act` on the group of the subscription, which is created again if somebody has deleted it.
    fn group<T>(&self, act: impl FnOnce(&mut Log, &str, &str) -> T) -> T {
        let mut topics = self.bus.topics();
        let log = topics.entry(self.subscription.topic.clone()).or_default();
        act(log, &self.subscription.group, &self.subscription.consumer)
    }
}

impl Consumer for Reader {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let (done, deadline) = (numbers(done)?, Instant::now() + wait);
        let Subscription { topic, group, consumer, claim_after, .. } = &self.subscription;
        let mut topics = self.bus.topics();
        let mut is_group_new = false;
        if topics.get_mut(topic).is_some_and(|log| log.acknowledge(group, &done)) {
            self.bus.changed.notify_all();
        }
        loop {
            let log = topics.entry(topic.clone()).or_default();
            is_group_new |= log.create_group(group, StartAt::Earliest);
            let batch = log.read(group, consumer, *claim_after, max);
            let now = Instant::now();
            let deadline = self.deadline.get().map_or(deadline, |limit| deadline.min(*limit));
            if !batch.deliveries.is_empty() || now >= deadline || log.take_wake(group, consumer) {
                return Ok(Batch { is_group_new, ..batch });
            }
            // Nobody notifies of entries that become idle.
            let pause = (deadline - now).min(*claim_after).max(Duration::from_millis(1));
            topics = sync::wait_timeout(&self.bus.changed, topics, pause);
        }
    }

    fn wake(&self) {
        self.group(Log::wake);
        self.bus.changed.notify_all();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        let done = numbers(done)?;
        if self.group(|log, group, _| log.acknowledge(group, &done)) {
            self.bus.changed.notify_all();
        }
        Ok(())
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let Subscription { topic, group, consumer, .. } = &self.subscription;
        let entry = number(&delivery.entry)?;
        let mut topics = self.bus.topics();
        let log = topics.entry(topic.clone()).or_default();
        let written = log.write_for(group, consumer, entry, |_| ());
        let EntryWrite::Done(()) = written else { return Ok(written.map(|()| None)) };
        log.acknowledge(group, &[entry]);
        let number = append_dead_letter(&mut topics, topic, group, delivery, dead_letter);
        self.bus.changed.notify_all();
        Ok(EntryWrite::Done(Some(number)))
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        let entries = numbers(entries)?;
        Ok(self.group(|log, group, consumer| log.renew(group, consumer, &entries)))
    }

    fn claim(&self, _: usize) -> Result<Batch, BusError> {
        Ok(Batch::default())
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        let entries = numbers(entries)?;
        self.group(|log, group, consumer| log.release(group, consumer, &entries));
        self.bus.changed.notify_all();
        Ok(())
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        let entry = number(entry)?;
        let count = |members: &mut Members| members.count_attempt(entry);
        Ok(self.group(|log, group, consumer| log.write_for(group, consumer, entry, count)))
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        let entry = number(entry)?;
        let returned = |members: &mut Members| members.attempt_returned(entry);
        Ok(self.group(|log, group, consumer| log.write_for(group, consumer, entry, returned)))
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        Ok(self.group(|log, group, _| log.processed(group, texts)))
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.group(|log, group, _| log.mark_processed(group, text));
        Ok(())
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        Some(self)
    }

    fn stop_by(&self, deadline: Instant) {
        // Only the first one counts.
        let _ = self.deadline.set(deadline);
        self.bus.changed.notify_all();
    }
}

impl ParkedStore for Reader {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let Subscription { topic, group, consumer, .. } = &self.subscription;
        let mut topics = self.bus.topics();
        let mut written = Vec::new();
        for Parking { delivery, waiting, dead_letter } in events {
            let entry = number(&delivery.entry)?;
            let log = topics.entry(topic.clone()).or_default();
            let park = |members: &mut Members| members.parked.push(consumer, delivery, waiting);
            let parked = log.write_for(group, consumer, entry, park);
            if let EntryWrite::Done(_) = parked {
                log.acknowledge(group, &[entry]);
                if let Some(letter) = dead_letter {
                    append_dead_letter(&mut topics, topic, group, delivery, letter);
                }
            }
            written.push(parked);
        }
        self.bus.changed.notify_all();
        Ok(written)
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        Ok(self.group(|log, group, consumer| log.parked(group).list(consumer, after, max)))
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        let claim_after = self.subscription.claim_after;
        Ok(self.group(|log, group, consumer| log.claim_parked(group, consumer, claim_after, max)))
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        Ok(self.group(|log, group, consumer| {
            let parked = log.parked(group);
            events.iter().map(|event| parked.start(consumer, event)).collect()
        }))
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        let Subscription { topic, group, consumer, .. } = &self.subscription;
        let mut topics = self.bus.topics();
        let mut dead_letters = None;
        for ParkedChange { id, waiting, dead_letter } in events {
            let log = topics.entry(topic.clone()).or_default();
            let is_own = log.parked(group).settle(consumer, *id, waiting);
            if let Some((delivery, letter)) = dead_letter.filter(|_| is_own) {
                dead_letters = Some(append_dead_letter(&mut topics, topic, group, delivery, letter));
            }
        }
        // A key may be free for others.
        self.bus.changed.notify_all();
        Ok(dead_letters)
    }

    fn renew(&self) -> Result<(), BusError> {
        self.group(|log, group, consumer| log.parked(group).renew(consumer));
        Ok(())
    }
}

/// What it has parked is for others of the group.
impl Drop for Reader {
    fn drop(&mut self) {
        let Subscription { topic, group, consumer, .. } = &self.subscription;
        if let Some(log) = self.bus.topics().get_mut(topic) {
            log.leave(group, consumer);
        }
        self.bus.changed.notify_all();
    }
}

/// Returns the number of dead letters.
fn append_dead_letter(
    topics: &mut HashMap<Topic, Log>,
    topic: &Topic,
    group: &str,
    delivery: &Delivery,
    letter: &DeadLetter,
) -> u64 {
    let dead_letters = topics.entry(topic.dead_letters()).or_default();
    dead_letters.append(&[letter.message(&delivery.message, group, delivery.entry.as_str())]);
    dead_letters.len()
}

/// Ids are numbers from 1 on.
fn number(entry: &EntryId) -> Result<u64, BusError> {
    entry.as_str().parse().map_err(|_| {
        BusError::new(ErrorKind::Configuration, format!("`{entry}` is not an entry of a topic in memory"))
    })
}

fn numbers(entries: &[EntryId]) -> Result<Vec<u64>, BusError> {
    entries.iter().map(number).collect()
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let topics = self.0.topics();
        let mut names: Vec<_> = topics.keys().collect();
        names.sort();
        f.debug_tuple("Memory").field(&names).finish()
    }
}
