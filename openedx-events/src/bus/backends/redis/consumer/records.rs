//! What a group remembers of events besides their acknowledgement: counted attempts, and what receivers have processed.

use ::redis::Value;

use super::member::Member;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::backends::redis::{keys, reply};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{EntryId, EntryWrite, Subscription};

/// How long it is remembered: 7 days, in seconds.
const EXPIRY: &[u8] = b"604800";

/// Counts an attempt, and returns the count.
pub(super) fn count_attempt(
    link: &mut Link,
    member: &Member,
    entry: &EntryId,
) -> Result<EntryWrite<u32>, BusError> {
    let Subscription { topic, group, .. } = &member.subscription;
    let id = StreamId::of(entry)?;
    let what = member.task("counting an attempt");
    let key = keys::attempts(topic, group);
    let text = id.to_string();
    let mut request = Request::of(&[b"HINCRBY", key.as_bytes(), text.as_bytes(), b"1"]);
    request.command(&[b"EXPIRE", key.as_bytes(), EXPIRY]);
    // Before it is sent: the count may be there even if the reply is lost.
    member.held.count(id);
    let mut replies = link.ask(&what, &request)?.into_iter();
    let count = reply::checked(&what, replies.next().unwrap_or(Value::Nil))?;
    reply::checked(&what, replies.next().unwrap_or(Value::Nil))?;
    let count = reply::number(&count).and_then(|count| u32::try_from(count).ok());
    let number = || BusError::new(ErrorKind::Refused, format!("{what}: `{key}` has no number"));
    count.map(EntryWrite::Done).ok_or_else(number)
}

/// Takes the last attempt off the count.
pub(super) fn attempt_returned(
    link: &mut Link,
    member: &Member,
    entry: &EntryId,
) -> Result<EntryWrite<()>, BusError> {
    let Subscription { topic, group, .. } = &member.subscription;
    let what = member.task("recording that an attempt returned");
    let (key, id) = (keys::attempts(topic, group), StreamId::of(entry)?.to_string());
    let request = Request::of(&[b"HINCRBY", key.as_bytes(), id.as_bytes(), b"-1"]);
    reply::checked(&what, reply::single(link.ask(&what, &request)?))?;
    Ok(EntryWrite::Done(()))
}

/// Which of these texts were marked as processed.
pub(super) fn processed(link: &mut Link, member: &Member, texts: &[String]) -> Result<Vec<bool>, BusError> {
    let Subscription { topic, group, .. } = &member.subscription;
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let what = member.task("looking up what was processed");
    let mut request = Request::new();
    for text in texts {
        request.command(&[b"EXISTS", keys::processed(topic, group, text).as_bytes()]);
    }
    let replies = link.ask_again(&what, &request)?.into_iter();
    replies.map(|reply| Ok(reply::number(&reply::checked(&what, reply)?) == Some(1))).collect()
}

/// Marks a text as processed.
pub(super) fn mark_processed(link: &mut Link, member: &Member, text: &str) -> Result<(), BusError> {
    let Subscription { topic, group, .. } = &member.subscription;
    let what = member.task("recording what was processed");
    let key = keys::processed(topic, group, text);
    // The value is the version of the record.
    let request = Request::of(&[b"SET", key.as_bytes(), b"1", b"EX", EXPIRY]);
    reply::checked(&what, reply::single(link.ask_again(&what, &request)?))?;
    Ok(())
}
