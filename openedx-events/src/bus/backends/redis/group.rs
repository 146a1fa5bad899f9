//! Creating, moving, listing and deleting groups.

use std::time::{Duration, UNIX_EPOCH};

use ::redis::Value;

use super::consumer::lease;
use super::failure::{BUSY_GROUP, NO_GROUP};
use super::keys;
use super::link::Link;
use super::position;
use super::position::{Position, Stream};
use super::reply;
use super::reply::Fields;
use super::request::Request;
use super::scripts;
use super::stream_id::StreamId;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{GroupInfo, Seek, StartAt};
use crate::bus::message::topic::Topic;

/// Creates a group, with its stream if that does not exist. Returns `false` if the group existed.
///
/// The server is told how many entries precede its start, so that it can be seen later how many were removed before it read
/// them. What is removed between the two commands was never its own, and counts among them.
pub(super) fn create(link: &mut Link, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
    let what = format!("creating the group `{group}` of `{topic}`");
    let key = topic.as_str().as_bytes();
    let (id, read) = match (start, stream(link, topic, &what)?) {
        (_, None) => (StreamId::ZERO, 0),
        (StartAt::Earliest, Some(stream)) => (StreamId::ZERO, stream.removed()),
        // Not `$`: what is added between the two commands belongs to the group.
        (StartAt::Latest, Some(stream)) => (stream.last, stream.added),
    };
    let (id, before) = (id.to_string(), read.to_string());
    let parts: [&[u8]; 8] = [
        b"XGROUP",
        b"CREATE",
        key,
        group.as_bytes(),
        id.as_bytes(),
        b"MKSTREAM",
        b"ENTRIESREAD",
        before.as_bytes(),
    ];
    let reply = reply::single(link.ask(&what, &Request::of(&parts))?);
    if reply::code(&reply) == Some(BUSY_GROUP) {
        return Ok(false);
    }
    reply::checked(&what, reply)?;
    // The group is created, whatever becomes of this: at worst it reports as missed what it has not.
    if let Ok(Some(stream)) = stream(link, topic, &what)
        && stream.removed() > read
    {
        let removed = stream.removed().to_string();
        let arguments = [group.as_bytes(), id.as_bytes(), before.as_bytes(), removed.as_bytes()];
        let _ = link.run(&what, &scripts::SETTLE, &[key], &arguments);
    }
    Ok(true)
}

/// Moves a group behind an entry, or before the first one. What is pending behind it is pending no more.
///
/// The server is told how many entries the group has read there: those that were added, without those behind.
pub(super) fn seek(link: &mut Link, topic: &Topic, group: &str, after: StreamId) -> Result<Seek, BusError> {
    let (what, key) = (format!("moving the group `{group}` of `{topic}`"), topic.as_str().as_bytes());
    let Some(stream) = stream(link, topic, &what)? else { return Ok(Seek::NoGroup) };
    let parts: [&[u8]; 4] = [b"XINFO", b"CONSUMERS", key, group.as_bytes()];
    let reply = reply::single(link.ask_again(&what, &Request::of(&parts))?);
    if reply::code(&reply) == Some(NO_GROUP) || position::is_missing(&reply) {
        return Ok(Seek::NoGroup);
    }
    let consumers = reply::list(reply::checked(&what, reply)?);
    let mut running = Vec::new();
    for name in consumers.into_iter().filter_map(|consumer| Fields::of(consumer).text("name")) {
        if lease::is_held(link, &keys::consumer(topic, group, &name))? {
            running.push(name);
        }
    }
    if !running.is_empty() {
        running.sort_unstable();
        return Ok(Seek::InUse(running));
    }
    let after = after.min(stream.last);
    let behind = count(link, topic, after)?;
    let (after, read) = (after.to_string(), stream.added.saturating_sub(behind).to_string());
    let arguments = [group.as_bytes(), after.as_bytes(), read.as_bytes()];
    let reply = link.run(&what, &scripts::SEEK, &[key], &arguments)?;
    if reply::code(&reply) == Some(NO_GROUP) {
        return Ok(Seek::NoGroup);
    }
    reply::checked(&what, reply).map(|_| Seek::Moved)
}

/// The number of entries of a topic behind an id.
pub(super) fn count(link: &mut Link, topic: &Topic, after: StreamId) -> Result<u64, BusError> {
    let (what, key) = (format!("counting the entries of `{topic}`"), topic.as_str().as_bytes());
    let Some(stream) = stream(link, topic, &what)? else { return Ok(0) };
    if stream.first.is_none_or(|first| first > after) {
        return Ok(stream.length);
    }
    let (mut counted, mut after) = (0, after);
    while after < stream.last {
        let (from, last) = (after.to_string(), stream.last.to_string());
        let reply = link.run(&what, &scripts::COUNT, &[key], &[from.as_bytes(), last.as_bytes()])?;
        let mut reply = reply::list(reply::checked(&what, reply)?).into_iter();
        let Some(page) = reply.next().as_ref().and_then(reply::count).filter(|page| *page > 0) else { break };
        counted += page;
        let Some(end) = reply.next().and_then(reply::id) else { break };
        after = end;
    }
    Ok(counted)
}

/// Moves a group behind the last entry. Returns `false` if the group does not exist.
///
/// The server is told how many entries the group has read there, so that it still knows how many it has not.
pub(super) fn skip(link: &mut Link, topic: &Topic, group: &str) -> Result<bool, BusError> {
    let (what, key) = (format!("moving the group `{group}` of `{topic}`"), topic.as_str().as_bytes());
    let Some(stream) = stream(link, topic, &what)? else { return Ok(false) };
    let (id, read) = (stream.last.to_string(), stream.added.to_string());
    let parts: [&[u8]; 7] =
        [b"XGROUP", b"SETID", key, group.as_bytes(), id.as_bytes(), b"ENTRIESREAD", read.as_bytes()];
    let reply = reply::single(link.ask_again(&what, &Request::of(&parts))?);
    if reply::code(&reply) == Some(NO_GROUP) {
        return Ok(false);
    }
    reply::checked(&what, reply).map(|_| true)
}

/// Deletes a group. Returns `false` if it did not exist.
pub(super) fn delete(link: &mut Link, topic: &Topic, group: &str) -> Result<bool, BusError> {
    let what = format!("deleting the group `{group}` of `{topic}`");
    let parts: [&[u8]; 4] = [b"XGROUP", b"DESTROY", topic.as_str().as_bytes(), group.as_bytes()];
    let reply = reply::single(link.ask(&what, &Request::of(&parts))?);
    if is_no_stream(&reply) {
        return Ok(false);
    }
    let existed = reply::number(&reply::checked(&what, reply)?) == Some(1);
    delete_keys(link, topic, group, &what)?;
    Ok(existed)
}

/// Deletes what a group has besides its position: counted attempts and parked events. In the background, as these can be many.
fn delete_keys(link: &mut Link, topic: &Topic, group: &str, what: &str) -> Result<(), BusError> {
    let parked = keys::parked_consumers(topic, group);
    let consumers = reply::single(link.ask_again(what, &Request::of(&[b"SMEMBERS", parked.as_bytes()]))?);
    let consumers = reply::list(reply::checked(what, consumers)?).into_iter().filter_map(reply::text);
    let mut all = vec![keys::attempts(topic, group), keys::parked_last(topic, group), parked];
    for consumer in consumers {
        all.push(keys::parked_messages(topic, group, &consumer));
        all.push(keys::parked_index(topic, group, &consumer));
    }
    let mut request = Request::new();
    request.begin(1 + all.len()).part(b"UNLINK");
    for key in &all {
        request.part(key.as_bytes());
    }
    reply::checked(what, reply::single(link.ask_again(what, &request)?))?;
    Ok(())
}

fn is_no_stream(reply: &Value) -> bool {
    match reply {
        Value::ServerError(error) => {
            error.code() == "ERR"
                && error.details().is_some_and(|details| details.contains("requires the key"))
        }
        _ => false,
    }
}

/// All groups of a topic.
pub(super) fn list(link: &mut Link, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
    let what = format!("listing the groups of `{topic}`");
    let Some((stream, positions)) = look(link, topic, &what)? else { return Ok(Vec::new()) };
    let key = topic.as_str().as_bytes();
    let mut request = Request::new();
    for position in &positions {
        request.command(&[b"XINFO", b"CONSUMERS", key, position.group.as_bytes()]);
        request.command(&[b"SMEMBERS", keys::parked_consumers(topic, &position.group).as_bytes()]);
    }
    let mut replies =
        if positions.is_empty() { Vec::new() } else { link.ask_again(&what, &request)? }.into_iter();
    let ages = ages(link, topic, &what, &positions)?;
    let mut groups = Vec::with_capacity(positions.len());
    for (position, age) in positions.into_iter().zip(ages) {
        let consumers = replies.next().unwrap_or(Value::Nil);
        let parked_consumers = replies.next().unwrap_or(Value::Nil);
        // It was deleted in the meantime.
        if reply::code(&consumers) == Some(NO_GROUP) || position::is_missing(&consumers) {
            continue;
        }
        let consumers = reply::list(reply::checked(&what, consumers)?);
        let names = consumers.into_iter().filter_map(|consumer| Fields::of(consumer).text("name"));
        warn_if_moved(topic, &position);
        let lag = position.unread(&stream);
        let parked = parked(link, topic, &what, &position.group, parked_consumers)?;
        let group = GroupInfo::new(position.group, lag, position.pending, names.collect());
        groups.push(group.parked(parked).oldest(age));
    }
    Ok(groups)
}

/// The ages of the oldest entries that groups have not acknowledged, by the server's clock. Users who may not run scripts do not
/// see them.
fn ages(
    link: &mut Link,
    topic: &Topic,
    what: &str,
    positions: &[Position],
) -> Result<Vec<Option<Duration>>, BusError> {
    let groups: Vec<_> = positions.iter().map(|position| position.group.as_bytes()).collect();
    let reply = link.run(what, &scripts::OLDEST, &[topic.as_str().as_bytes()], &groups)?;
    let mut replies = reply::list(reply).into_iter();
    let now = replies.next().as_ref().and_then(reply::count);
    let now = now.map(|millis| UNIX_EPOCH + Duration::from_millis(millis));
    let age = |_: &Position| {
        let stored = reply::id(replies.next()?)?.time()?;
        Some(now?.duration_since(stored).unwrap_or_default())
    };
    Ok(positions.iter().map(age).collect())
}

/// How many events of a group are parked, from the reply that lists the consumers that have some. None, as far as a user sees
/// who may not ask.
fn parked(
    link: &mut Link,
    topic: &Topic,
    what: &str,
    group: &str,
    consumers: Value,
) -> Result<u64, BusError> {
    let mut request = Request::new();
    for consumer in reply::list(consumers).into_iter().filter_map(reply::text) {
        request.command(&[b"ZCARD", keys::parked_index(topic, group, &consumer).as_bytes()]);
    }
    if request.commands() == 0 {
        return Ok(0);
    }
    Ok(link.ask_again(what, &request)?.iter().filter_map(reply::count).sum())
}

/// What the server knows of a topic; `None` if the topic does not exist.
pub(super) fn stream(link: &mut Link, topic: &Topic, what: &str) -> Result<Option<Stream>, BusError> {
    let looked = link.ask_again(what, &Request::of(&[b"XINFO", b"STREAM", topic.as_str().as_bytes()]))?;
    Stream::of(what, reply::single(looked))
}

/// What the server knows of a topic and its groups; `None` if the topic does not exist.
pub(super) fn look(
    link: &mut Link,
    topic: &Topic,
    what: &str,
) -> Result<Option<(Stream, Vec<Position>)>, BusError> {
    let key = topic.as_str().as_bytes();
    // In this order: what is added or read in between makes a gap look smaller, never larger.
    let mut request = Request::of(&[b"XINFO", b"STREAM", key]);
    request.command(&[b"XINFO", b"GROUPS", key]);
    let mut replies = link.ask_again(what, &request)?.into_iter();
    let stream = Stream::of(what, replies.next().unwrap_or(Value::Nil))?;
    let positions = Position::all(what, replies.next().unwrap_or(Value::Nil))?;
    Ok(stream.map(|stream| (stream, positions)))
}

/// The server does not know how many entries a group has read after its cursor was set without that number.
pub(super) fn warn_if_moved(topic: &Topic, position: &Position) {
    if position.read.is_none() {
        tracing::warn!(
            %topic,
            group = position.group,
            "the cursor of the group was moved by another program, as Python's consumer does whenever it starts, or entries in \
             front of it were deleted. Events may have been skipped; give consumers in Python a group of their own"
        );
    }
}
