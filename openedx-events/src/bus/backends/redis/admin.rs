//! Topics and groups, as operators see them.

use std::collections::BTreeSet;
use std::time::Duration;

use ::redis::Value;

use super::failure::NO_GROUP;
use super::inspect;
use super::link::Link;
use super::position;
use super::position::Stream;
use super::reply;
use super::request::Request;
use super::stream_id::StreamId;
use super::{Redis, group};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Admin, Delivery, EntryId, Finding, PendingEntry, Position, Seek, TopicInfo};
use crate::bus::message::topic::Topic;

/// Maximum number of topics, or of entries, that are asked for at once.
const AT_ONCE: usize = 100;

impl Admin for Redis {
    fn topics(&self) -> Result<Vec<TopicInfo>, BusError> {
        let (what, mut link) = ("listing topics", self.link());
        let topics: Vec<_> = names(&mut link, what)?.into_iter().collect();
        let mut infos = Vec::with_capacity(topics.len());
        for topics in topics.chunks(AT_ONCE) {
            let mut request = Request::new();
            for topic in topics {
                request.command(&[b"XINFO", b"STREAM", topic.as_str().as_bytes()]);
                request.command(&[b"XLEN", topic.dead_letters().as_str().as_bytes()]);
            }
            let mut replies = link.ask_again(what, &request)?.into_iter();
            let mut reply = || replies.next().unwrap_or(Value::Nil);
            for topic in topics {
                let (stream, dead_letters) = (Stream::of(what, reply())?, reply::count(&reply()));
                let info = match stream {
                    Some(stream) => {
                        // The last entry may have been removed, but its id tells when it was stored.
                        let newest = Some(stream.last).filter(|_| stream.length > 0);
                        TopicInfo::new(topic.clone(), stream.length)
                            .stored(stream.first.and_then(StreamId::time), newest.and_then(StreamId::time))
                    }
                    None => TopicInfo::new(topic.clone(), 0),
                };
                infos.push(info.dead_letters(dead_letters));
            }
        }
        Ok(infos)
    }

    fn position(&self, topic: &Topic, position: &Position) -> Result<Option<EntryId>, BusError> {
        let before = match position {
            Position::First => None,
            Position::At(entry) => StreamId::of(entry)?.before(),
            Position::Time(time) => StreamId::first_at(*time).before(),
            Position::End => {
                let what = format!("looking for the end of `{topic}`");
                let stream = group::stream(&mut self.link(), topic, &what)?;
                stream.map(|stream| stream.last).filter(|last| *last > StreamId::ZERO)
            }
        };
        Ok(before.map(EntryId::from))
    }

    fn count(&self, topic: &Topic, after: Option<&EntryId>) -> Result<u64, BusError> {
        group::count(&mut self.link(), topic, after.map_or(Ok(StreamId::ZERO), StreamId::of)?)
    }

    fn entries(&self, topic: &Topic, ids: &[EntryId]) -> Result<Vec<Option<Delivery>>, BusError> {
        let (what, mut link) = (format!("reading entries of `{topic}`"), self.link());
        let mut read = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let mut request = Request::new();
            for id in ids {
                let id = StreamId::of(id)?.to_string();
                request.command(&[b"XRANGE", topic.as_str().as_bytes(), id.as_bytes(), id.as_bytes()]);
            }
            for reply in link.ask_again(&what, &request)? {
                let entry = reply::entries(reply::checked(&what, reply)?)?.into_iter().next();
                read.push(entry.and_then(|(id, message)| Some(reply::delivery(id, message?, false))));
            }
        }
        Ok(read)
    }

    fn pending(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<PendingEntry>, BusError> {
        let what = format!("listing the pending entries of the group `{group}` of `{topic}`");
        let from = match after {
            Some(after) => format!("({}", StreamId::of(after)?),
            None => "-".to_owned(),
        };
        let (key, max) = (topic.as_str().as_bytes(), max.to_string());
        let parts: [&[u8]; 6] = [b"XPENDING", key, group.as_bytes(), from.as_bytes(), b"+", max.as_bytes()];
        let reply = reply::single(self.link().ask_again(&what, &Request::of(&parts))?);
        if reply::code(&reply) == Some(NO_GROUP) || position::is_missing(&reply) {
            return Ok(Vec::new());
        }
        let entries = reply::list(reply::checked(&what, reply)?).into_iter();
        Ok(entries.filter_map(pending).collect())
    }

    fn seek(&self, topic: &Topic, group: &str, after: Option<&EntryId>) -> Result<Seek, BusError> {
        let after = after.map_or(Ok(StreamId::ZERO), StreamId::of)?;
        group::seek(&mut self.link(), topic, group, after)
    }

    fn remove(&self, topic: &Topic, entries: &[EntryId]) -> Result<u64, BusError> {
        let (what, mut link) = (format!("removing entries of `{topic}`"), self.link());
        let mut removed = 0;
        for ids in StreamId::all(entries)?.chunks(AT_ONCE) {
            let mut request = Request::new();
            request.begin(2 + ids.len()).parts(&[b"XDEL", topic.as_str().as_bytes()]);
            for id in ids {
                request.part(id.to_string().as_bytes());
            }
            let reply = reply::single(link.ask(&what, &request)?);
            removed += reply::count(&reply::checked(&what, reply)?).unwrap_or_default();
        }
        Ok(removed)
    }

    fn inspect(&self, topics: &[Topic]) -> Result<Vec<Finding>, BusError> {
        inspect::inspect(&mut self.link(), &self.server, topics)
    }
}

/// The topics of the database, with those that only have dead letters.
fn names(link: &mut Link, what: &str) -> Result<BTreeSet<Topic>, BusError> {
    let (mut topics, mut cursor) = (BTreeSet::new(), "0".to_owned());
    loop {
        let parts: [&[u8]; 6] = [b"SCAN", cursor.as_bytes(), b"COUNT", b"5000", b"TYPE", b"stream"];
        let reply = reply::single(link.ask_again(what, &Request::of(&parts))?);
        let mut reply = reply::list(reply::checked(what, reply)?).into_iter();
        cursor = reply.next().and_then(reply::text).unwrap_or_else(|| "0".to_owned());
        let keys = reply.next().map(reply::list).unwrap_or_default();
        topics.extend(keys.into_iter().filter_map(reply::text).filter_map(|key| Topic::of_stored(&key)));
        if cursor == "0" {
            return Ok(topics);
        }
    }
}

/// An entry of the reply to `XPENDING`: its id, its consumer, milliseconds and the number of deliveries.
fn pending(entry: Value) -> Option<PendingEntry> {
    let mut parts = reply::list(entry).into_iter();
    let (id, consumer) = (reply::id(parts.next()?)?, reply::text(parts.next()?)?);
    let idle = reply::count(&parts.next()?).map(Duration::from_millis);
    let deliveries = parts.next().as_ref().and_then(reply::count);
    Some(PendingEntry::new(id.into(), consumer).idle_for(idle).delivered(deliveries))
}
