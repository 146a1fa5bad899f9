//! The storage forgets something when it restarts.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use openedx_events::avro::Fingerprint;
use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Backend, BusError, Consumer, EntryId, EntryWrite, Message, Producer, PublishError, StartAt, Subscription,
    Topic,
};

use super::lock;
use crate::broken::{Fault, Seat};

/// Stores a batch with the next one or when the producer is dropped, and a restart loses what is not stored by then.
#[derive(Default)]
pub(crate) struct LosesWhatIsNotSynced(Mutex<Option<(Topic, Vec<Message>)>>);

impl Fault for LosesWhatIsNotSynced {
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

    fn restart(&self, _: &Memory) {
        lock(&self.0).take();
    }
}

/// Groups are gone, and begin anew.
#[derive(Default)]
pub(crate) struct LosesGroups(Mutex<HashSet<(Topic, String)>>);

impl Fault for LosesGroups {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        lock(&self.0).insert((subscription.topic.clone(), subscription.group.clone()));
        sound.consumer(subscription)
    }

    fn restart(&self, sound: &Memory) {
        for (topic, group) in lock(&self.0).drain() {
            sound.delete_group(&topic, &group).expect("memory does as it is told");
            sound.create_group(&topic, &group, StartAt::Earliest).expect("memory does as it is told");
        }
    }
}

#[derive(Default)]
pub(crate) struct ForgetsAttempts(Mutex<HashMap<EntryId, u32>>);

impl Fault for ForgetsAttempts {
    fn count_attempt(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        let written = seat.sound.count_attempt(entry)?;
        let mut counts = lock(&self.0);
        let count = counts.entry(entry.clone()).or_default();
        *count += 1;
        Ok(written.map(|_| *count))
    }

    fn attempt_returned(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        lock(&self.0).entry(entry.clone()).and_modify(|count| *count = count.saturating_sub(1));
        seat.sound.attempt_returned(entry)
    }

    fn restart(&self, _: &Memory) {
        lock(&self.0).clear();
    }
}

#[derive(Default)]
pub(crate) struct ForgetsWhatIsProcessed(Mutex<HashSet<String>>);

impl Fault for ForgetsWhatIsProcessed {
    fn mark_processed(&self, _: &Seat, text: &str) -> Result<(), BusError> {
        lock(&self.0).insert(text.to_owned());
        Ok(())
    }

    fn processed(&self, _: &Seat, texts: &[String]) -> Result<Vec<bool>, BusError> {
        let processed = lock(&self.0);
        Ok(texts.iter().map(|text| processed.contains(text)).collect())
    }

    fn restart(&self, _: &Memory) {
        lock(&self.0).clear();
    }
}

#[derive(Default)]
pub(crate) struct LosesSchemas(Mutex<HashMap<Fingerprint, String>>);

impl Fault for LosesSchemas {
    fn store_schemas(&self, _: &Memory, _: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        let stored = schemas.iter().map(|(fingerprint, text)| (*fingerprint, (*text).to_owned()));
        lock(&self.0).extend(stored);
        Ok(())
    }

    fn schema(&self, _: &Memory, _: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        Ok(lock(&self.0).get(&fingerprint).cloned())
    }

    fn restart(&self, _: &Memory) {
        lock(&self.0).clear();
    }
}
