//! How long the server thinks that entries have been idle, which decides when others may claim them.

use std::time::Duration;

use super::MAX_IN_SCRIPT;
use super::member::Member;
use super::releases;
use crate::bus::backends::redis::failure::NO_GROUP;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::backends::redis::{reply, scripts};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{EntryId, Subscription};

/// Keeps entries from being claimed, and returns those that are another consumer's by now.
pub(super) fn renew(link: &mut Link, member: &Member, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
    let mut lost = set(link, member, &member.task("renewing entries"), entries, Duration::ZERO)?;
    // A consumer that has one of these got it from another group of the name.
    lost.retain(|id| !member.is_of_lost_group(*id));
    member.held.remove(&lost);
    Ok(lost.into_iter().map(EntryId::from).collect())
}

/// Lets others claim entries at once.
pub(super) fn release(link: &mut Link, member: &Member, entries: &[EntryId]) -> Result<(), BusError> {
    let idle = releases::idle_time(&member.subscription);
    set(link, member, &member.task("releasing entries"), entries, idle)?;
    member.held.remove(&StreamId::all(entries)?);
    Ok(())
}

/// Sets the idle time of those entries that are this consumer's, and returns the others.
fn set(
    link: &mut Link,
    member: &Member,
    what: &str,
    entries: &[EntryId],
    idle: Duration,
) -> Result<Vec<StreamId>, BusError> {
    let Subscription { group, consumer, .. } = &member.subscription;
    let ids = StreamId::all(entries)?;
    let idle = idle.as_millis().to_string();
    let mut lost = Vec::new();
    for some in ids.chunks(MAX_IN_SCRIPT) {
        let texts: Vec<_> = some.iter().map(StreamId::to_string).collect();
        let mut arguments = vec![group.as_bytes(), consumer.as_bytes(), idle.as_bytes()];
        arguments.extend(texts.iter().map(String::as_bytes));
        let reply = link.run(what, &scripts::TOUCH, &[member.stream()], &arguments)?;
        // Without the group nobody has them. The next read creates it again.
        if reply::code(&reply) != Some(NO_GROUP) {
            lost.extend(reply::ids(reply::checked(what, reply)?));
        }
    }
    Ok(lost)
}
