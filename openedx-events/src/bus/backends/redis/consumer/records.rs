//! What a group remembers of events besides their acknowledgement: counted attempts, and what receivers have processed.

use ::redis::Value;

use super::member::Member;
use super::owner;
use crate::bus::backends::redis::failure::NO_PERMISSION;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::backends::redis::{keys, reply, scripts};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{EntryId, EntryWrite, Subscription};

/// How long it is remembered: 7 days, in seconds.
const EXPIRY: &[u8] = b"604800";

/// Counts an attempt for an entry that is ours, and returns the count.
pub(super) fn count_attempt(
    link: &mut Link,
    member: &Member,
    entry: &EntryId,
) -> Result<EntryWrite<u32>, BusError> {
    let (what, id) = (member.task("counting an attempt"), StreamId::of(entry)?);
    // Before it is sent: the count may be there even if the reply is lost.
    member.held.count(id);
    let count = change_attempts(link, member, &what, id, Change::Begun)?;
    Ok(count.map(|count| u32::try_from(count).unwrap_or_default()))
}

/// Takes the last attempt off the count of an entry that is ours.
pub(super) fn attempt_returned(
    link: &mut Link,
    member: &Member,
    entry: &EntryId,
) -> Result<EntryWrite<()>, BusError> {
    let (what, id) = (member.task("recording that an attempt returned"), StreamId::of(entry)?);
    let count = change_attempts(link, member, &what, id, Change::Returned)?;
    if matches!(count, EntryWrite::Done(..=0)) {
        member.held.uncount(id);
    }
    Ok(count.map(drop))
}

/// What has happened to an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Begun,
    Returned,
}

/// Changes the count of attempts of an entry that is ours, and returns it.
fn change_attempts(
    link: &mut Link,
    member: &Member,
    what: &str,
    id: StreamId,
    change: Change,
) -> Result<EntryWrite<i64>, BusError> {
    let Subscription { topic, group, consumer, .. } = &member.subscription;
    let (key, text) = (keys::attempts(topic, group), id.to_string());
    let keys = [member.stream(), key.as_bytes()];
    let arguments = [group.as_bytes(), consumer.as_bytes(), text.as_bytes(), EXPIRY];
    let reply = match change {
        Change::Begun => link.run_once(what, &scripts::COUNT_ATTEMPT, &keys, &arguments)?,
        Change::Returned => link.run_once(what, &scripts::ATTEMPT_RETURNED, &keys, &arguments[..3])?,
    };
    let count = if reply::code(&reply) == Some(NO_PERMISSION) {
        change_attempts_in_two_steps(link, member, what, id, change)?
    } else {
        owner::written(what, member, id, reply)?
    };
    match count {
        EntryWrite::Done(count) => {
            let no_number = || BusError::new(ErrorKind::Refused, format!("{what}: `{key}` has no number"));
            reply::number(&count).map(EntryWrite::Done).ok_or_else(no_number)
        }
        EntryWrite::Claimed => Ok(EntryWrite::Claimed),
        EntryWrite::NoGroup => Ok(EntryWrite::NoGroup),
    }
}

/// For users who may not run scripts. If it is another right that is missing, these commands are refused as well.
fn change_attempts_in_two_steps(
    link: &mut Link,
    member: &Member,
    what: &str,
    id: StreamId,
    change: Change,
) -> Result<EntryWrite<Value>, BusError> {
    let Subscription { topic, group, .. } = &member.subscription;
    if let Some(refusal) = owner::look(link, what, member, id)?.refusal(member, id) {
        return Ok(refusal);
    }
    let (key, text) = (keys::attempts(topic, group), id.to_string());
    let (key, text) = (key.as_bytes(), text.as_bytes());
    let by: &[u8] = if change == Change::Begun { b"1" } else { b"-1" };
    let mut request = Request::of(&[b"HINCRBY", key, text, by]);
    request.command(&[b"EXPIRE", key, EXPIRY]);
    let mut replies = link.ask(what, &request)?.into_iter();
    let count = reply::checked(what, replies.next().unwrap_or(Value::Nil))?;
    reply::checked(what, replies.next().unwrap_or(Value::Nil))?;
    if reply::number(&count).is_some_and(|count| count <= 0) {
        let removed = link.ask_again(what, &Request::of(&[b"HDEL", key, text]))?;
        reply::checked(what, reply::single(removed))?;
    }
    Ok(EntryWrite::Done(count))
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
