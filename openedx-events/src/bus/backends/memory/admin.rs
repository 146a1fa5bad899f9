//! Topics and groups, as operators see them.

use std::collections::BTreeMap;

use super::{Log, Memory, number, numbers};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Admin, Delivery, EntryId, Finding, PendingEntry, Position, Seek, TopicInfo};
use crate::bus::message::topic::Topic;

impl Admin for Memory {
    fn topics(&self) -> Result<Vec<TopicInfo>, BusError> {
        let topics = self.0.topics();
        // A topic that only has dead letters is in here under its own name.
        let used = topics.iter().filter(|(_, log)| log.is_used());
        let names: BTreeMap<_, _> =
            used.filter_map(|(topic, _)| Topic::of_stored(topic.as_str())).map(|topic| (topic, ())).collect();
        let empty = Log::default();
        let infos = names.into_keys().map(|topic| {
            let dead_letters = topics.get(&topic.dead_letters()).map_or(0, Log::len);
            topics.get(&topic).unwrap_or(&empty).info(topic, dead_letters)
        });
        Ok(infos.collect())
    }

    fn position(&self, topic: &Topic, position: &Position) -> Result<Option<EntryId>, BusError> {
        let topics = self.0.topics();
        let log = topics.get(topic);
        let before = match position {
            Position::First => 0,
            Position::End => log.map_or(0, Log::last),
            Position::Time(time) => log.map_or(0, |log| log.before(*time)),
            Position::At(entry) => number(entry)?.saturating_sub(1),
        };
        Ok(Some(before).filter(|before| *before > 0).map(|before| EntryId::new(before.to_string())))
    }

    fn count(&self, topic: &Topic, after: Option<&EntryId>) -> Result<u64, BusError> {
        let after = after.map(number).transpose()?.unwrap_or_default();
        Ok(self.0.topics().get(topic).map_or(0, |log| log.count(after)))
    }

    fn entries(&self, topic: &Topic, ids: &[EntryId]) -> Result<Vec<Option<Delivery>>, BusError> {
        let numbers = numbers(ids)?;
        let topics = self.0.topics();
        let log = topics.get(topic);
        Ok(numbers.into_iter().map(|number| log?.delivery(number)).collect())
    }

    fn pending(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<PendingEntry>, BusError> {
        let after = after.map(number).transpose()?.unwrap_or_default();
        Ok(self.0.topics().get(topic).map(|log| log.pending(group, after, max)).unwrap_or_default())
    }

    fn seek(&self, topic: &Topic, group: &str, after: Option<&EntryId>) -> Result<Seek, BusError> {
        let after = after.map(number).transpose()?.unwrap_or_default();
        let running = self.0.names.of(topic, group);
        if !running.is_empty() {
            return Ok(Seek::InUse(running));
        }
        let has_moved = self.0.topics().get_mut(topic).is_some_and(|log| log.seek(group, after));
        self.0.changed.notify_all();
        Ok(if has_moved { Seek::Moved } else { Seek::NoGroup })
    }

    fn remove(&self, topic: &Topic, entries: &[EntryId]) -> Result<u64, BusError> {
        let numbers = numbers(entries)?;
        let mut topics = self.0.topics();
        let Some(log) = topics.get_mut(topic) else { return Ok(0) };
        let removed = numbers.into_iter().filter(|number| log.remove(*number)).count() as u64;
        // A key may be free for others.
        self.0.changed.notify_all();
        Ok(removed)
    }

    fn inspect(&self, _: &[Topic]) -> Result<Vec<Finding>, BusError> {
        Ok(vec![Finding::warn(
            "durability",
            "the bus is in the memory of this process, and ends with it",
            "use `sqlite:PATH` or a Redis server for what must not be lost",
        )])
    }
}
