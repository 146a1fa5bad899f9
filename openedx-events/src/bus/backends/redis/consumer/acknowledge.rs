//! Acknowledging entries.

use super::member::Member;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::backends::redis::{keys, reply};
use crate::bus::contract::Subscription;
use crate::bus::contract::error::BusError;

/// Acknowledges entries in a request of their own.
pub(super) fn send(link: &mut Link, member: &Member, done: &[StreamId]) -> Result<(), BusError> {
    let mut request = Request::new();
    if add_commands(&mut request, member, done) > 0 {
        let what = member.task("acknowledging");
        for reply in link.ask_again(&what, &request)? {
            reply::checked(&what, reply)?;
        }
    }
    member.held.remove(done);
    Ok(())
}

/// Adds the commands that acknowledge entries to a request, and returns how many those are. Not for entries of a group that was
/// lost: the next group of the name has delivered them to another consumer, if to any, and it would be taken from that one.
pub(super) fn add_commands(request: &mut Request, member: &Member, done: &[StreamId]) -> usize {
    let Subscription { topic, group, .. } = &member.subscription;
    let done = member.held.without_lost_groups(done);
    if done.is_empty() {
        return 0;
    }
    request.begin(3 + done.len()).parts(&[b"XACK", member.stream(), group.as_bytes()]);
    for id in &*done {
        request.part(id.to_string().as_bytes());
    }
    let counted = member.held.counted(&done);
    if counted.is_empty() {
        return 1;
    }
    request.begin(2 + counted.len()).parts(&[b"HDEL", keys::attempts(topic, group).as_bytes()]);
    for id in counted {
        request.part(id.to_string().as_bytes());
    }
    2
}
