//! Whether the user may park.

use ::redis::Value;

use super::keys::Keys;
use crate::bus::backends::redis::failure::NO_PERMISSION;
use crate::bus::backends::redis::keys;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::{reply, scripts};
use crate::bus::contract::Subscription;
use crate::bus::contract::error::BusError;

/// Whether the user has all rights that parking needs. Warns if not. Asked once, as otherwise the first event that is parked would
/// show it, and those that are parked already could not run.
pub(in crate::bus::backends::redis::consumer) fn may_park(
    link: &mut Link,
    subscription: &Subscription,
) -> Result<bool, BusError> {
    let Subscription { topic, group, consumer, .. } = subscription;
    let what = format!("checking the right to park for the group `{group}` of `{topic}`");
    let lease = keys::consumer(topic, group, consumer);
    let parked = Keys::of(subscription);
    let keys = [
        topic.as_str(),
        &parked.dead_letters,
        &parked.consumers,
        &parked.messages,
        &parked.index,
        &parked.last,
        &parked.attempts,
        &lease,
    ];
    let keys = keys.map(str::as_bytes);
    let reply = link.run(&what, &scripts::parked::MAY_PARK, &keys, &[])?;
    let missing = if reply::code(&reply) == Some(NO_PERMISSION) {
        "evalsha".to_owned()
    } else {
        match reply::checked(&what, reply)? {
            Value::Nil => return Ok(true),
            missing => reply::text(missing).unwrap_or_default(),
        }
    };
    tracing::warn!(
        %topic,
        group,
        missing,
        "the user of the Redis server has no right to a command on the keys of parked events: events that wait for a receiver \
         stay in flight, and can stop the topic. Give it the rights of a consumer that docs/event-bus.md lists"
    );
    Ok(false)
}
