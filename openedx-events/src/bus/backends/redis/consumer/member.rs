//! What the parts of one consumer share: [`Member`].

use std::sync::atomic::{AtomicBool, Ordering};

use super::held::Held;
use super::leases::Leases;
use super::membership::Membership;
use super::stage::Stage;
use super::wake::Wake;
use crate::bus::backends::redis::stop_time::StopTime;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::contract::Subscription;

/// A consumer as a member of its group.
pub(super) struct Member {
    pub(super) subscription: Subscription,
    pub(super) held: Held,
    pub(super) membership: Membership,
    pub(super) wake: Wake,
    pub(super) leases: Leases,
    /// Whether a read that waits on the server can be ended from another connection.
    pub(super) can_unblock: bool,
    /// Until when both connections are used.
    pub(super) stop: StopTime,
    may_claim: AtomicBool,
}

impl Member {
    pub(super) fn new(subscription: Subscription, leases: Leases, can_unblock: bool, stop: StopTime) -> Self {
        Self {
            subscription,
            held: Held::default(),
            membership: Membership::new(),
            wake: Wake::default(),
            leases,
            can_unblock,
            stop,
            may_claim: AtomicBool::new(true),
        }
    }

    /// The key of the stream.
    pub(super) fn stream(&self) -> &[u8] {
        self.subscription.topic.as_str().as_bytes()
    }

    /// What is tried, for errors.
    pub(super) fn task(&self, what: &str) -> String {
        let Subscription { topic, group, .. } = &self.subscription;
        format!("{what} for the group `{group}` of `{topic}`")
    }

    /// Whether an entry that is not ours was delivered by a group that was lost.
    pub(super) fn is_of_lost_group(&self, id: StreamId) -> bool {
        self.membership.is_of_lost_group(&self.held, id)
    }

    /// The reader is in this stage now.
    pub(super) fn set_stage(&self, stage: Stage) {
        self.may_claim.store(stage.may_claim(), Ordering::Relaxed);
    }

    /// Whether idle entries of other consumers may be claimed now.
    pub(super) fn may_claim(&self) -> bool {
        self.may_claim.load(Ordering::Relaxed) && !self.leases.is_standby()
    }
}
