//! Entries that other consumers of the group have released: [`Releases`].

use std::time::{Duration, Instant};

use ::redis::Value;

use super::member::Member;
use crate::bus::backends::redis::failure::NO_PERMISSION;
use crate::bus::backends::redis::reply;
use crate::bus::backends::redis::request::Request;
use crate::bus::contract::Subscription;

/// Looks for released entries while the reader waits for new ones, so that a consumer that stops hands its entries over at once.
///
/// The look is one more command behind a read, once in a second: that is what an idle consumer costs. The server goes through
/// the pending entries of the group for it.
pub(super) struct Releases {
    status: Status,
    next_look: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// None were found when it was last looked.
    NoneFound,
    /// There are some.
    Found,
    /// The user may not look. Others' entries are claimed when that is due.
    Forbidden,
}

/// How often it is looked.
const INTERVAL: Duration = Duration::from_secs(1);
/// The idle time that released entries have at least. It is longer than anybody waits before a claim.
const RELEASED: Duration = Duration::from_secs(3600);

/// The idle time to give to released entries.
pub(super) fn idle_time(subscription: &Subscription) -> Duration {
    RELEASED.max(2 * subscription.claim_after)
}

/// Entries that have been idle for this long count as released, also if their consumer has just been away.
pub(super) fn min_idle_time(subscription: &Subscription) -> Duration {
    RELEASED.max(subscription.claim_after)
}

impl Releases {
    pub(super) fn new() -> Self {
        Self { status: Status::NoneFound, next_look: Instant::now() }
    }

    /// The longest wait for new entries.
    pub(super) fn longest_wait(&self) -> Duration {
        if self.status == Status::Forbidden { Duration::MAX } else { INTERVAL }
    }

    /// Whether to look now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.status != Status::Forbidden && now >= self.next_look
    }

    /// Adds the command that looks for one released entry.
    pub(super) fn add_command(request: &mut Request, member: &Member) {
        let Subscription { group, .. } = &member.subscription;
        let idle = min_idle_time(&member.subscription).as_millis().to_string();
        request.command(&[
            b"XPENDING",
            member.stream(),
            group.as_bytes(),
            b"IDLE",
            idle.as_bytes(),
            b"-",
            b"+",
            b"1",
        ]);
    }

    /// Takes in what the server replies. An error besides a missing right is reported by the read.
    pub(super) fn looked(&mut self, reply: Value, now: Instant) {
        self.next_look = now + INTERVAL;
        self.status = if reply::code(&reply) == Some(NO_PERMISSION) {
            Status::Forbidden
        } else if reply::list(reply).is_empty() {
            Status::NoneFound
        } else {
            Status::Found
        };
    }

    /// Whether there are some to claim.
    pub(super) fn is_found(&self) -> bool {
        self.status == Status::Found
    }

    /// A claim of at most `max` has brought this number. After a full one there may be more.
    pub(super) fn claimed(&mut self, count: usize, max: usize) {
        self.status = if count < max { Status::NoneFound } else { Status::Found };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_once_in_a_second_and_claims_batch_after_batch() {
        let (mut releases, now) = (Releases::new(), Instant::now());
        assert!(releases.is_due(now) && !releases.is_found());
        releases.looked(Value::Array(Vec::new()), now);
        assert!(
            !releases.is_found() && !releases.is_due(now + INTERVAL / 2) && releases.is_due(now + INTERVAL)
        );
        releases.looked(Value::Array(vec![Value::Nil]), now);
        assert!(releases.is_found());
        releases.claimed(100, 100);
        assert!(releases.is_found(), "there may be more");
        releases.claimed(99, 100);
        assert!(!releases.is_found());
    }

    #[test]
    fn released_entries_count_as_released_for_every_claim_time() {
        for claim_after in [Duration::ZERO, RELEASED, 5 * RELEASED] {
            let Ok(topic) = crate::bus::Topic::new("topic") else { unreachable!() };
            let subscription = Subscription::new(topic, "group", "consumer").claim_after(claim_after);
            assert!(idle_time(&subscription) >= min_idle_time(&subscription));
            assert!(min_idle_time(&subscription) >= claim_after);
        }
    }
}
