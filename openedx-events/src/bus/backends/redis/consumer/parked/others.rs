//! Parked events of other consumers.

use std::time::Duration;

use ::redis::Value;

use super::keys::Keys;
use crate::bus::backends::redis::consumer::lease;
use crate::bus::backends::redis::consumer::member::Member;
use crate::bus::backends::redis::failure::NO_PERMISSION;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::parked::batch::MAX_BYTES;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::{keys, reply, scripts};
use crate::bus::contract::Subscription;
use crate::bus::contract::error::BusError;

/// Whether other consumers of the group have parked events. Not as far as a user sees who may not ask.
pub(in crate::bus::backends::redis::consumer) fn exist(
    link: &mut Link,
    member: &Member,
) -> Result<bool, BusError> {
    let Subscription { topic, group, .. } = &member.subscription;
    Ok(!names(link, member, &keys::parked_consumers(topic, group))?.is_empty())
}

/// Other consumers of the group that have parked events.
pub(super) fn names(link: &mut Link, member: &Member, key: &str) -> Result<Vec<String>, BusError> {
    let what = member.task("looking for consumers with parked events");
    let reply = reply::single(link.ask_again(&what, &Request::of(&[b"SMEMBERS", key.as_bytes()]))?);
    if reply::code(&reply) == Some(NO_PERMISSION) {
        return Ok(Vec::new());
    }
    let names = reply::list(reply::checked(&what, reply)?).into_iter().filter_map(reply::text);
    Ok(names.filter(|name| *name != member.subscription.consumer).collect())
}

/// Claims some events of those of these consumers that are gone, and returns what the index tells of them.
pub(super) fn from(
    link: &mut Link,
    what: &str,
    member: &Member,
    own: &Keys,
    others: &[String],
    max: usize,
) -> Result<Value, BusError> {
    let Subscription { topic, group, consumer, claim_after, .. } = &member.subscription;
    let of_others: Vec<_> = others
        .iter()
        .flat_map(|other| {
            [
                keys::consumer(topic, group, other),
                keys::parked_messages(topic, group, other),
                keys::parked_index(topic, group, other),
            ]
        })
        .collect();
    let mut keys = vec![own.consumers.as_bytes(), own.messages.as_bytes(), own.index.as_bytes()];
    keys.extend(of_others.iter().map(String::as_bytes));
    // The active consumer runs what others have parked: the order of a key is that of the group.
    let silence = if member.leases.is_single_active() { Duration::ZERO } else { *claim_after };
    let left = lease::time_left_after(silence);
    let left = left.map_or_else(|| "-1".to_owned(), |left| left.as_millis().to_string());
    let (max, max_bytes) = (max.to_string(), MAX_BYTES.to_string());
    let mut arguments = vec![consumer.as_bytes(), max.as_bytes(), max_bytes.as_bytes(), left.as_bytes()];
    arguments.extend(others.iter().map(String::as_bytes));
    // Not again by itself if the reply is lost: what was claimed would not be reported.
    link.run_once(what, &scripts::parked::CLAIM, &keys, &arguments)
}
