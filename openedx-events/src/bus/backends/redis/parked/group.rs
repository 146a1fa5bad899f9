//! The parked events of all consumers of a group, as operators see them: [`GroupKeys`].

use ::redis::Value;

use super::batch::{MAX_BYTES, batches};
use super::letter::Letter;
use super::{head, waiting};
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::{Redis, keys, reply, scripts};
use crate::bus::backends::waiting_text;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Delivery, ParkedChange, ParkedEvent, ParkedEvents, ParkedPlace, ParkedWrite};
use crate::bus::message::topic::Topic;

/// The name of the consumer whose events belong to nobody. It has no lease, and so others claim them at once.
const NOBODY: &str = "";
/// Maximum number of messages in a reply: nobody knows how large they are.
const MAX_READ: usize = 10;

/// The keys of the parked events of a group.
struct GroupKeys<'a> {
    topic: &'a Topic,
    group: &'a str,
    consumers: String,
}

/// A change, and its place among all.
type Change<'a> = (usize, &'a ParkedPlace, &'a ParkedChange<'a>);

impl<'a> GroupKeys<'a> {
    fn of(topic: &'a Topic, group: &'a str) -> Self {
        Self { topic, group, consumers: keys::parked_consumers(topic, group) }
    }

    fn messages(&self, consumer: &str) -> String {
        keys::parked_messages(self.topic, self.group, consumer)
    }

    fn index(&self, consumer: &str) -> String {
        keys::parked_index(self.topic, self.group, consumer)
    }

    fn task(&self, doing: &str) -> String {
        format!("{doing} of the group `{}` of `{}`", self.group, self.topic)
    }

    /// The consumers that have parked events, sorted.
    fn names(&self, link: &mut Link, what: &str) -> Result<Vec<String>, BusError> {
        let request = Request::of(&[b"SMEMBERS", self.consumers.as_bytes()]);
        let reply = reply::checked(what, reply::single(link.ask_again(what, &request)?))?;
        let mut names: Vec<_> = reply::list(reply).into_iter().filter_map(reply::text).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn read(
        &self,
        link: &mut Link,
        what: &str,
        places: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        let mut request = Request::new();
        for ParkedPlace { consumer, id, .. } in places {
            let fields = [id.to_string(), format!("{id}.payload")];
            let [head, payload] = fields.each_ref().map(String::as_bytes);
            request.command(&[b"HMGET", self.messages(consumer).as_bytes(), head, payload]);
        }
        let replies = link.ask_again(what, &request)?.into_iter();
        let read = places.iter().zip(replies).map(|(ParkedPlace { consumer, id, .. }, reply)| {
            let fields = reply::checked(what, reply)?;
            let is_there = |fields: &[Value]| fields.iter().any(|field| *field != Value::Nil);
            if !matches!(&fields, Value::Array(fields) if is_there(fields)) {
                return Ok(None);
            }
            let (messages, index) = (self.messages(consumer), self.index(consumer));
            head::delivery(what, (&messages, &index), *id, fields).map(Some)
        });
        read.collect()
    }

    /// Changes the first ones of these events of one consumer. At least one.
    fn change_some(
        &self,
        link: &mut Link,
        what: &str,
        script: &scripts::Script,
        changes: &[Change<'_>],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        let Some((_, ParkedPlace { consumer, .. }, _)) = changes.first() else { return Ok(Vec::new()) };
        let parts = changes.iter().map(|(_, place, ParkedChange { waiting, dead_letter, .. })| {
            let letter = dead_letter.map(|(delivery, letter)| Letter::of(delivery, letter, self.group));
            let receivers = if waiting.is_empty() { String::new() } else { waiting_text::write(waiting) };
            let listed = place.waiting.as_deref().map(waiting_text::write).unwrap_or_default();
            (place.id.to_string(), listed, receivers, letter)
        });
        let (parts, max_bytes): (Vec<_>, _) = (parts.collect(), MAX_BYTES.to_string());
        let mut arguments = vec![consumer.as_bytes(), max_bytes.as_bytes()];
        for (id, listed, receivers, letter) in &parts {
            arguments.extend([id.as_bytes(), listed.as_bytes(), receivers.as_bytes()]);
            Letter::add(letter.as_ref(), &mut arguments);
        }
        let keys = [
            self.topic.dead_letters().as_str().to_owned(),
            self.consumers.clone(),
            self.messages(consumer),
            self.index(consumer),
            keys::consumer(self.topic, self.group, consumer),
            self.messages(NOBODY),
            self.index(NOBODY),
            keys::parked_last(self.topic, self.group),
        ];
        let keys = keys.each_ref().map(String::as_bytes);
        // Not again by itself if the reply is lost: they would seem to be gone.
        let reply = link.run_once(what, script, &keys, &arguments)?;
        let replies = reply::list(reply::checked(what, reply)?);
        let written = replies.into_iter().map(|reply| match reply::bytes(reply).as_deref() {
            Some(b"done") => Some(ParkedWrite::Done),
            Some(b"started") => Some(ParkedWrite::Started),
            Some(b"gone") => Some(ParkedWrite::Gone),
            _ => None,
        });
        let written = written.collect::<Option<Vec<_>>>();
        written.filter(|written| (1..=changes.len()).contains(&written.len())).ok_or_else(|| {
            BusError::new(ErrorKind::Unsupported, format!("{what}: unexpected reply of the server"))
        })
    }
}

impl ParkedEvents for Redis {
    fn list(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError> {
        let keys = GroupKeys::of(topic, group);
        let (what, mut link) = (keys.task("listing parked events"), self.link());
        let mut listed = Vec::new();
        for consumer in keys.names(&mut link, &what)? {
            let after = match after {
                Some(after) if after.consumer > consumer => continue,
                Some(after) if after.consumer == consumer => Some(after.id),
                _ => None,
            };
            let (messages, index) = (keys.messages(&consumer), keys.index(&consumer));
            let events = waiting::list(&mut link, &what, (&messages, &index), after, max - listed.len())?;
            let place = |event: &ParkedEvent| {
                ParkedPlace::new(consumer.clone(), event.id).waiting_for(&event.waiting)
            };
            listed.extend(events.into_iter().map(|event| (place(&event), event)));
            if listed.len() >= max {
                break;
            }
        }
        Ok(listed)
    }

    fn read(
        &self,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        let keys = GroupKeys::of(topic, group);
        let (what, mut link) = (keys.task("reading parked events"), self.link());
        let mut read = Vec::with_capacity(events.len());
        for some in events.chunks(MAX_READ) {
            read.extend(keys.read(&mut link, &what, some)?);
        }
        Ok(read)
    }

    fn change(
        &self,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        let keys = GroupKeys::of(topic, group);
        let (what, mut link) = (keys.task("changing parked events"), self.link());
        let all = changes.iter().enumerate().map(|(number, (place, change))| (number, *place, change));
        let all: Vec<Change<'_>> = all.collect();
        let mut written = vec![ParkedWrite::Gone; changes.len()];
        // What one script can do: the events of one consumer, with dead letters or without.
        let kind = |(_, place, change): &Change<'_>| (place.consumer.clone(), change.dead_letter.is_some());
        for run in all.chunk_by(|one, other| kind(one) == kind(other)) {
            let has_letters = run.first().is_some_and(|(_, _, change)| change.dead_letter.is_some());
            let script =
                if has_letters { &scripts::parked::CHANGE_WITH_LETTERS } else { &scripts::parked::CHANGE };
            let size = |(_, _, change): &Change<'_>| {
                change.dead_letter.map_or(0, |(delivery, _)| delivery.message.size())
            };
            let mut rest = run;
            while let Some(some) = batches(rest, size).next() {
                let writes = keys.change_some(&mut link, &what, script, some)?;
                rest = rest.get(writes.len()..).unwrap_or_default();
                for ((number, ..), write) in some.iter().zip(writes) {
                    if let Some(written) = written.get_mut(*number) {
                        *written = write;
                    }
                }
            }
        }
        Ok(written)
    }
}
