//! Dead-lettering entries.

use ::redis::{ServerError, Value};

use super::MAX_IN_SCRIPT;
use super::member::Member;
use super::owner;
use crate::bus::backends::redis::failure::NO_PERMISSION;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::backends::redis::{entry, keys, reply, scripts};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Delivery, EntryWrite, Subscription};
use crate::bus::message::Message;
use crate::bus::message::dead_letter::DeadLetter;

/// Adds a dead letter and acknowledges its entry, if it is ours. Returns the number of dead letters, if it is known.
pub(super) fn store(
    link: &mut Link,
    member: &Member,
    delivery: &Delivery,
    dead_letter: &DeadLetter,
) -> Result<EntryWrite<Option<u64>>, BusError> {
    let Subscription { topic, group, consumer, .. } = &member.subscription;
    let id = StreamId::of(&delivery.entry)?;
    let what = member.task("adding a dead letter");
    let message = dead_letter.message(&delivery.message, group, delivery.entry.as_str());
    let text = id.to_string();
    let mut arguments = vec![group.as_bytes(), consumer.as_bytes(), text.as_bytes()];
    arguments.extend(entry::fields(&message));
    let written = if arguments.len() > MAX_IN_SCRIPT {
        store_in_two_steps(link, member, &what, &message, id)?
    } else {
        let dead_letters = topic.dead_letters();
        let keys = [member.stream(), dead_letters.as_str().as_bytes()];
        match link.run(&what, &scripts::DEAD_LETTER, &keys, &arguments)? {
            Value::ServerError(error) if is_about_scripts(&error) => {
                store_in_two_steps(link, member, &what, &message, id)?
            }
            reply => owner::written(&what, member, id, reply)?.map(|number| reply::count(&number)),
        }
    };
    let EntryWrite::Done(_) = written else { return Ok(written) };
    let counted = member.held.counted(&[id]);
    member.held.remove(&[id]);
    if !counted.is_empty() {
        let parts: [&[u8]; 3] = [b"HDEL", &keys::attempts(topic, group).into_bytes(), text.as_bytes()];
        // The dead letter is written; a count that stays expires.
        let _ = link.ask_again(&what, &Request::of(&parts));
    }
    Ok(written)
}

/// For users who may not run scripts, and for messages with more fields than a script takes.
fn store_in_two_steps(
    link: &mut Link,
    member: &Member,
    what: &str,
    message: &Message,
    id: StreamId,
) -> Result<EntryWrite<Option<u64>>, BusError> {
    let Subscription { topic, group, .. } = &member.subscription;
    if let Some(refusal) = owner::look(link, what, member, id)?.refusal(member, id) {
        return Ok(refusal);
    }
    let dead_letters = topic.dead_letters();
    let mut request = Request::new();
    entry::add(&mut request, dead_letters.as_str(), None, message);
    request.command(&[b"XLEN", dead_letters.as_str().as_bytes()]);
    let mut replies = link.ask(what, &request)?.into_iter();
    reply::checked(what, replies.next().unwrap_or(Value::Nil))?;
    let number = replies.next().as_ref().and_then(reply::count);
    let id = id.to_string();
    let acknowledge = Request::of(&[b"XACK", member.stream(), group.as_bytes(), id.as_bytes()]);
    reply::checked(what, reply::single(link.ask_again(what, &acknowledge)?))?;
    Ok(EntryWrite::Done(number))
}

/// The user may not run scripts at all. A command in a script that is refused has another text.
fn is_about_scripts(error: &ServerError) -> bool {
    let details = error.details().unwrap_or_default();
    error.code() == NO_PERMISSION && (details.contains("'evalsha'") || details.contains("'eval'"))
}
