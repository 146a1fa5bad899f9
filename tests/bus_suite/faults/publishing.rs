//! What is published is lost, late or changed.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openedx_events::avro::Fingerprint;
use openedx_events::bus::headers::PARTITION_KEY;
use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Batch, BusError, EntryId, Message, Producer, PublishError, Topic};

use super::lock;
use crate::broken::{Fault, Seat};

/// Publishes the messages after a change.
fn publish_changed(
    sound: &mut dyn Producer,
    topic: &Topic,
    messages: &[Message],
    change: impl Fn(&mut Message),
) -> Result<(), PublishError> {
    let mut messages = messages.to_vec();
    messages.iter_mut().for_each(change);
    sound.publish(topic, &messages)
}

pub(crate) struct DropsTheLastOfABatch;

impl Fault for DropsTheLastOfABatch {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        sound.publish(topic, &messages[..messages.len().saturating_sub(1)])
    }
}

#[derive(Default)]
pub(crate) struct DropsABatchNowAndThen(AtomicUsize);

impl Fault for DropsABatchNowAndThen {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        if self.0.fetch_add(1, Ordering::Relaxed) % 50 == 49 {
            Ok(())
        } else {
            sound.publish(topic, messages)
        }
    }
}

/// Stores a batch with the next one, or when the producer is dropped.
#[derive(Default)]
pub(crate) struct StoresLate(Mutex<Option<(Topic, Vec<Message>)>>);

impl Fault for StoresLate {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        self.close(sound);
        *lock(&self.0) = Some((topic.clone(), messages.to_vec()));
        Ok(())
    }

    fn close(&self, sound: &mut dyn Producer) {
        if let Some((topic, messages)) = lock(&self.0).take() {
            sound.publish(&topic, &messages).expect("memory has room");
        }
    }
}

pub(crate) struct ReversesABatch;

impl Fault for ReversesABatch {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        let reversed: Vec<_> = messages.iter().rev().cloned().collect();
        sound.publish(topic, &reversed)
    }
}

pub(crate) struct DropsEmptyHeaders;

impl Fault for DropsEmptyHeaders {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        publish_changed(sound, topic, messages, |message| {
            message.headers.retain(|header| !header.value.is_empty());
        })
    }
}

pub(crate) struct MergesHeadersOfOneName;

impl Fault for MergesHeadersOfOneName {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        publish_changed(sound, topic, messages, |message| {
            let mut seen = HashSet::new();
            message.headers.retain(|header| seen.insert(header.name.clone()));
        })
    }
}

pub(crate) struct StoresNoPayloadAsAnEmptyOne;

impl Fault for StoresNoPayloadAsAnEmptyOne {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        publish_changed(sound, topic, messages, |message| {
            message.payload.get_or_insert_default();
        })
    }
}

pub(crate) struct CutsLargePayloads;

impl Fault for CutsLargePayloads {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        publish_changed(sound, topic, messages, |message| {
            if let Some(payload) = &mut message.payload {
                payload.truncate(65_535);
            }
        })
    }
}

/// Looks at no key, so that a key has several consumers at once.
pub(crate) struct SpreadsAKeyOverConsumers;

fn rename(message: &mut Message, from: &str, to: &'static str) {
    for header in message.headers.iter_mut().filter(|header| *header.name == *from.as_bytes()) {
        header.name = to.as_bytes().into();
    }
}

impl Fault for SpreadsAKeyOverConsumers {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        publish_changed(sound, topic, messages, |message| rename(message, PARTITION_KEY, "hidden"))
    }

    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        for delivery in &mut batch.deliveries {
            rename(&mut delivery.message, "hidden", PARTITION_KEY);
        }
        Ok(batch)
    }
}

/// A message of one topic of a behaviour gets into the other one as well.
pub(crate) struct MixesTopics;

impl Fault for MixesTopics {
    fn publish(
        &self,
        sound: &mut dyn Producer,
        topic: &Topic,
        messages: &[Message],
    ) -> Result<(), PublishError> {
        if let Some(other) = topic.as_str().strip_suffix("-second") {
            sound.publish(&Topic::new(other).expect("a topic"), messages)?;
        }
        sound.publish(topic, messages)
    }
}

pub(crate) struct LosesSchemas;

impl Fault for LosesSchemas {
    fn store_schemas(&self, _: &Memory, _: &Topic, _: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct ReplacesSchemas(Mutex<HashMap<Fingerprint, String>>);

impl Fault for ReplacesSchemas {
    fn store_schemas(&self, _: &Memory, _: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        let stored = schemas.iter().map(|(fingerprint, text)| (*fingerprint, (*text).to_owned()));
        lock(&self.0).extend(stored);
        Ok(())
    }

    fn schema(&self, _: &Memory, _: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        Ok(lock(&self.0).get(&fingerprint).cloned())
    }
}
