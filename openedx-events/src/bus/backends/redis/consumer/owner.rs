//! Whose an entry is: [`Owner`].

use ::redis::Value;

use super::member::Member;
use crate::bus::backends::redis::failure::NO_GROUP;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::position::Position;
use crate::bus::backends::redis::reply;
use crate::bus::backends::redis::reply::Fields;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{EntryWrite, Subscription};

/// Whose an entry is that the program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Ours,
    /// Another consumer has it, or has done it.
    Claimed,
    /// The group was deleted. If it was created again, it has not delivered the entry.
    Nobody,
}

impl Owner {
    /// What a write that was not made reports. `None` for our entries, for which it is made. Others are no longer held: should
    /// the server deliver them again, they are new.
    pub(super) fn refusal<T>(self, member: &Member, id: StreamId) -> Option<EntryWrite<T>> {
        if self == Self::Ours {
            return None;
        }
        // A consumer that has an entry of a lost group got it from another group of the name.
        let is_of_lost_group = member.is_of_lost_group(id);
        member.held.remove(&[id]);
        match self {
            Self::Claimed if !is_of_lost_group => Some(EntryWrite::Claimed),
            _ => Some(EntryWrite::NoGroup),
        }
    }
}

/// What a script has done that writes for our entries only: its reply names the owner, and for our entries what it did.
pub(super) fn written(
    what: &str,
    member: &Member,
    id: StreamId,
    reply: Value,
) -> Result<EntryWrite<Value>, BusError> {
    let is_without_group = reply::code(&reply) == Some(NO_GROUP);
    let reply = if is_without_group { Value::Nil } else { reply::checked(what, reply)? };
    let mut parts = reply::list(reply).into_iter();
    let owner = match parts.next().and_then(reply::text).as_deref() {
        _ if is_without_group => Owner::Nobody,
        Some("ours") => Owner::Ours,
        Some("claimed") => Owner::Claimed,
        Some("nobody") => Owner::Nobody,
        _ => {
            return Err(BusError::new(
                ErrorKind::Unsupported,
                format!("{what}: unexpected reply of the server"),
            ));
        }
    };
    Ok(owner.refusal(member, id).unwrap_or_else(|| EntryWrite::Done(parts.next().unwrap_or(Value::Nil))))
}

/// Looks whose an entry is, for users who may not run scripts. The answer may be outdated when it arrives.
pub(super) fn look(link: &mut Link, what: &str, member: &Member, id: StreamId) -> Result<Owner, BusError> {
    let Subscription { group, consumer, .. } = &member.subscription;
    let (stream, text) = (member.stream(), id.to_string());
    let text = text.as_bytes();
    // A write that changes nothing: a server that has become a replica refuses it, and is out of date.
    let mut request = Request::of(&[b"XACK", stream, group.as_bytes(), b"0-0"]);
    request.command(&[b"XPENDING", stream, group.as_bytes(), text, text, b"1"]);
    request.command(&[b"XRANGE", stream, text, text]).command(&[b"XINFO", b"GROUPS", stream]);
    request.command(&[b"XINFO", b"CONSUMERS", stream, group.as_bytes()]);
    let mut replies = link.ask_again(what, &request)?.into_iter();
    let mut next = || replies.next().unwrap_or(Value::Nil);
    reply::checked(what, next())?;
    let pending = next();
    if reply::code(&pending) == Some(NO_GROUP) {
        return Ok(Owner::Nobody);
    }
    let pending = reply::list(reply::checked(what, pending)?).into_iter().next();
    let is_pending = pending.is_some();
    let name = pending.and_then(|pending| reply::list(pending).into_iter().nth(1)).and_then(reply::bytes);
    // Nobody else can do what was removed from the stream.
    let is_removed = reply::list(reply::checked(what, next())?).is_empty();
    if name.as_deref() == Some(consumer.as_bytes()) || (!is_pending && is_removed) {
        return Ok(Owner::Ours);
    }
    let position = Position::all(what, next())?.into_iter().find(|position| position.group == *group);
    let is_delivered = is_pending || position.is_some_and(|position| position.delivered >= id);
    let is_claimed = is_delivered && knows(next(), consumer);
    Ok(if is_claimed { Owner::Claimed } else { Owner::Nobody })
}

/// Whether a group knows a consumer, from the reply that lists those that it knows. Yes, if the user may not ask.
fn knows(consumers: Value, name: &str) -> bool {
    match consumers {
        Value::Array(consumers) => consumers.into_iter().any(|consumer| {
            Fields::of(consumer).take("name").and_then(reply::bytes).as_deref() == Some(name.as_bytes())
        }),
        _ => true,
    }
}
