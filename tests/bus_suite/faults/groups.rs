//! Groups start, move and are listed wrongly.

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Backend, Batch, BusError, Consumer, Delivery, EntryId, ErrorKind, GroupInfo, StartAt, Subscription, Topic,
};

use super::lock;
use crate::broken::{Fault, Seat};

/// Every new group starts here, wherever it should.
pub(crate) struct StartsGroupsAt(pub(crate) StartAt);

impl Fault for StartsGroupsAt {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        sound.consumer(&subscription.clone().start(self.0))
    }
}

/// All groups are one, whose entries they share.
pub(crate) struct SharesEntriesBetweenGroups;

impl Fault for SharesEntriesBetweenGroups {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let mut subscription = subscription.clone();
        subscription.consumer = format!("{} of {}", subscription.consumer, subscription.group);
        "one".clone_into(&mut subscription.group);
        sound.consumer(&subscription)
    }
}

/// What was browsed is not read by groups any more.
pub(crate) struct BrowsingConsumes;

impl Fault for BrowsingConsumes {
    fn browse(
        &self,
        sound: &Memory,
        topic: &Topic,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<Delivery>, BusError> {
        for group in sound.groups(topic)? {
            sound.skip(topic, &group.name)?;
        }
        sound.browse(topic, after, max)
    }
}

pub(crate) struct SkipsPendingEntries;

impl Fault for SkipsPendingEntries {
    fn skip(&self, sound: &Memory, topic: &Topic, group: &str) -> Result<bool, BusError> {
        let existed = sound.delete_group(topic, group)?;
        if existed {
            sound.create_group(topic, group, StartAt::Latest)?;
        }
        Ok(existed)
    }
}

pub(crate) struct SkipsNothing;

impl Fault for SkipsNothing {
    fn skip(&self, sound: &Memory, topic: &Topic, group: &str) -> Result<bool, BusError> {
        Ok(sound.groups(topic)?.iter().any(|each| each.name == group))
    }
}

/// Counts what was read and is pending as unread.
pub(crate) struct CountsPendingEntriesAsUnread;

impl Fault for CountsPendingEntriesAsUnread {
    fn groups(&self, sound: &Memory, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        let mut groups = sound.groups(topic)?;
        for group in &mut groups {
            group.lag = group.lag.map(|lag| lag + group.pending);
        }
        Ok(groups)
    }
}

pub(crate) struct ListsNoConsumers;

impl Fault for ListsNoConsumers {
    fn groups(&self, sound: &Memory, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        let mut groups = sound.groups(topic)?;
        for group in &mut groups {
            group.consumers.clear();
        }
        Ok(groups)
    }
}

pub(crate) struct EveryTopicExists;

impl Fault for EveryTopicExists {
    fn has_topic(&self, _: &Memory, _: &Topic) -> Result<bool, BusError> {
        Ok(true)
    }
}

pub(crate) struct DeletesNoGroup;

impl Fault for DeletesNoGroup {
    fn delete_group(&self, sound: &Memory, topic: &Topic, group: &str) -> Result<bool, BusError> {
        Ok(sound.groups(topic)?.iter().any(|each| each.name == group))
    }
}

pub(crate) struct DoesNotTellThatAGroupWasLost;

impl Fault for DoesNotTellThatAGroupWasLost {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut batch = seat.sound.read(max, wait, done)?;
        batch.is_group_new = false;
        Ok(batch)
    }
}

pub(crate) struct AcceptsANameTwice;

impl Fault for AcceptsANameTwice {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        sound.consumer(subscription).or_else(|_| {
            let mut second = subscription.clone();
            second.consumer.push_str("-second");
            sound.consumer(&second)
        })
    }
}

/// The name of a consumer stays in use when it is dropped.
#[derive(Default)]
pub(crate) struct NeverFreesAName(Mutex<HashSet<String>>);

impl Fault for NeverFreesAName {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let name = format!("{}/{}", subscription.group, subscription.consumer);
        if !lock(&self.0).insert(name) {
            let what = format!("`{}` is in use", subscription.consumer);
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        sound.consumer(subscription)
    }
}

/// The names of all consumers that there were are listed.
#[derive(Default)]
pub(crate) struct ListsConsumersForEver(Mutex<BTreeSet<String>>);

impl Fault for ListsConsumersForEver {
    fn groups(&self, sound: &Memory, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        let mut groups = sound.groups(topic)?;
        for group in &mut groups {
            group.consumers = lock(&self.0).iter().cloned().collect();
        }
        Ok(groups)
    }

    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        lock(&self.0).insert(subscription.consumer.clone());
        sound.consumer(subscription)
    }
}
