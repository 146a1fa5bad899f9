//! Whether the group is still the one that this consumer has joined: [`Membership`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use ::redis::Value;

use super::held::Held;
use crate::bus::backends::redis::failure::{NO_PERMISSION, READ_ONLY};
use crate::bus::backends::redis::reply;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::contract::Subscription;
use crate::bus::contract::error::BusError;
use crate::sync;

/// Joins the group, which tells whether it was joined before.
///
/// A group that was deleted and created again does not know its consumers. Every request that would join it unnoticed, by
/// reading or claiming, has a command in front that does the same and says so.
pub(super) struct Membership {
    /// Held from a request that joins until its reply is taken in.
    joining: Mutex<()>,
    /// Whether the user has the right to, as far as is known.
    may_join: AtomicBool,
}

/// The reply to joining is outstanding.
pub(super) struct Joining<'a> {
    _guard: MutexGuard<'a, ()>,
    membership: &'a Membership,
    commands: usize,
}

impl Membership {
    pub(super) fn new() -> Self {
        Self { joining: Mutex::new(()), may_join: AtomicBool::new(true) }
    }

    /// Adds the command that joins to a request.
    pub(super) fn join(&self, request: &mut Request, subscription: &Subscription) -> Joining<'_> {
        let Subscription { topic, group, consumer, .. } = subscription;
        let guard = sync::lock(&self.joining);
        let may_join = self.may_join.load(Ordering::Relaxed);
        if may_join {
            request.command(&[
                b"XGROUP",
                b"CREATECONSUMER",
                topic.as_str().as_bytes(),
                group.as_bytes(),
                consumer.as_bytes(),
            ]);
        }
        Joining { _guard: guard, membership: self, commands: usize::from(may_join) }
    }

    /// Whether an entry was delivered by a group that was lost. To be asked behind the reply that says that the entry is not
    /// ours: what this consumer has joined before that reply is taken in by then.
    pub(super) fn is_of_lost_group(&self, held: &Held, id: StreamId) -> bool {
        let _joined = sync::lock(&self.joining);
        held.is_of_lost_group(id)
    }
}

impl Joining<'_> {
    /// The number of commands that were added.
    pub(super) fn commands(&self) -> usize {
        self.commands
    }

    /// Takes in the replies to them. Of most errors the command behind says more.
    pub(super) fn joined(
        self,
        what: &str,
        replies: impl Iterator<Item = Value>,
        held: &Held,
    ) -> Result<(), BusError> {
        for reply in replies.take(self.commands) {
            match reply::code(&reply) {
                Some(NO_PERMISSION) => self.membership.may_join.store(false, Ordering::Relaxed),
                Some(READ_ONLY) => drop(reply::checked(what, reply)?),
                _ if matches!(reply, Value::Int(1)) => held.lose_group(),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Topic;

    #[test]
    fn a_group_that_does_not_know_its_consumer_is_another_one() {
        let Ok(topic) = Topic::new("topic") else { unreachable!() };
        let (membership, held) = (Membership::new(), Held::default());
        let id = StreamId::ZERO;
        held.add(vec![(id, ())]);
        let join = |reply: Value| {
            let mut request = Request::new();
            let joining = membership.join(&mut request, &Subscription::new(topic.clone(), "group", "a"));
            assert_eq!(joining.commands(), request.commands());
            joining.joined("joining", [reply].into_iter(), &held).map(|()| request.commands())
        };
        assert_eq!(join(Value::Int(0)).ok(), Some(1));
        assert!(!membership.is_of_lost_group(&held, id));
        assert_eq!(join(Value::Int(1)).ok(), Some(1));
        assert!(membership.is_of_lost_group(&held, id));
    }
}
