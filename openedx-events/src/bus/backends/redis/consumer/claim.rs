//! Claiming entries of other consumers of the group.

use std::time::Duration;

use ::redis::Value;

use super::member::Member;
use crate::bus::backends::redis::failure::NO_GROUP;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::reply;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Batch, EntryId, Subscription};

/// Entries that their consumers have left idle. A claim goes on where the one before has stopped.
pub(super) struct IdleEntries {
    cursor: StreamId,
}

/// Where a search begins, and what the server returns at its end.
const START: StreamId = StreamId::ZERO;

impl IdleEntries {
    pub(super) fn new() -> Self {
        Self { cursor: START }
    }

    /// Claims entries that have been idle for this time.
    pub(super) fn claim(
        &mut self,
        link: &mut Link,
        member: &Member,
        idle: Duration,
        max: usize,
    ) -> Result<Batch, BusError> {
        let mut batch = Batch::default();
        let what = member.task("claiming entries");
        let idle = idle.as_millis().to_string();
        while batch.deliveries.len() < max {
            let count = (max - batch.deliveries.len()).to_string();
            let cursor = std::mem::replace(&mut self.cursor, START);
            let reply = autoclaim(member, &what, &idle, cursor, &count, Reply::Entries, |request| {
                link.ask(&what, request)
            });
            // The next read creates the group again.
            if reply.as_ref().is_ok_and(|reply| reply::code(reply) == Some(NO_GROUP)) {
                break;
            }
            let mut parts = match reply.and_then(|reply| reply::checked(&what, reply)) {
                Ok(reply) => reply::list(reply).into_iter(),
                // What was claimed before is the program's. An error that lasts comes back the next time.
                Err(_) if !batch.deliveries.is_empty() || !batch.trimmed.is_empty() => break,
                Err(error) => return Err(error),
            };
            let next = parts.next().and_then(reply::id).unwrap_or(START);
            let entries = reply::entries(parts.next().unwrap_or(Value::Nil))?;
            let deleted = reply::ids(parts.next().unwrap_or(Value::Nil)).into_iter();
            batch.trimmed.extend(deleted.filter(|id| !member.held.contains(*id)).map(EntryId::from));
            let entries = entries.into_iter().filter_map(|(id, message)| Some((id, message?))).collect();
            let new = member.held.add(entries).into_iter();
            batch.deliveries.extend(new.map(|(id, message)| reply::delivery(id, message, true)));
            if next == START {
                break;
            }
            self.cursor = next;
        }
        Ok(batch)
    }
}

/// Makes everything that is pending for the group pending for this consumer.
pub(super) fn everything(link: &mut Link, member: &Member) -> Result<(), BusError> {
    let what = member.task("claiming all that is pending");
    let mut cursor = START;
    loop {
        let reply = autoclaim(member, &what, "0", cursor, "1000", Reply::Ids, |request| {
            link.ask_again(&what, request)
        })?;
        if reply::code(&reply) == Some(NO_GROUP) {
            return Ok(());
        }
        let next = reply::list(reply::checked(&what, reply)?).into_iter().next().and_then(reply::id);
        match next.filter(|next| *next != START) {
            Some(next) => cursor = next,
            None => return Ok(()),
        }
    }
}

/// What a claim returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reply {
    Entries,
    Ids,
}

/// Claims some entries, and returns the reply of the server.
fn autoclaim(
    member: &Member,
    what: &str,
    idle: &str,
    cursor: StreamId,
    count: &str,
    reply: Reply,
    ask: impl FnOnce(&Request) -> Result<Vec<Value>, BusError>,
) -> Result<Value, BusError> {
    let Subscription { group, consumer, .. } = &member.subscription;
    let cursor = cursor.to_string();
    let parts: [&[u8]; 9] = [
        b"XAUTOCLAIM",
        member.stream(),
        group.as_bytes(),
        consumer.as_bytes(),
        idle.as_bytes(),
        cursor.as_bytes(),
        b"COUNT",
        count.as_bytes(),
        b"JUSTID",
    ];
    let mut request = Request::new();
    let joining = member.membership.join(&mut request, &member.subscription);
    request.command(if reply == Reply::Ids { &parts } else { &parts[..8] });
    let mut replies = ask(&request)?.into_iter();
    joining.joined(what, &mut replies, &member.held)?;
    Ok(replies.next().unwrap_or(Value::Nil))
}
