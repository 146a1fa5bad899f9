//! Who claims what others have left: [`Claimant`].

use std::time::Duration;

use super::claim_batch::Record;
use super::file::BusFile;
use crate::bus::contract::Subscription;

/// A heartbeat that is farther ahead than this was sent before the clock was set back. In milliseconds.
const MAX_AHEAD: i64 = 10_000;

/// The consumer that claims entries, and the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claimant {
    pub(super) member: i64,
    pub(super) now: i64,
    pub(super) boot: u32,
    /// Milliseconds without a heartbeat after which entries of other consumers are free.
    pub(super) claim_after: i64,
}

impl Claimant {
    /// A consumer, which is this member of its group, now.
    pub(super) fn new(file: &BusFile, subscription: &Subscription, member: i64) -> Self {
        Self::after(file, subscription.claim_after, member)
    }

    /// The same for who claims after this time.
    pub(super) fn after(file: &BusFile, claim_after: Duration, member: i64) -> Self {
        let claim_after = i64::try_from(claim_after.as_millis()).unwrap_or(i64::MAX);
        Self { member, now: file.clock.now(), boot: file.boot, claim_after }
    }

    /// Whether others may have an entry of another consumer.
    pub(super) fn is_idle(&self, record: &Record) -> bool {
        record.is_released || !self.is_alive(record.heartbeat, record.boot)
    }

    /// Whether who sent this heartbeat last, at this boot of the machine, keeps what it has.
    pub(super) fn is_alive(&self, heartbeat: i64, boot: u32) -> bool {
        let alive =
            self.now.saturating_sub(self.claim_after).saturating_add(1)..=self.now.saturating_add(MAX_AHEAD);
        boot == self.boot && alive.contains(&heartbeat)
    }

    /// Whether an entry may be handed to this consumer, as far as its key allows.
    pub(super) fn may_have(&self, member: Option<i64>, record: &Record) -> bool {
        match member {
            None => true,
            Some(member) if member == self.member => record.is_left || record.is_released,
            Some(_) => self.is_idle(record),
        }
    }

    /// A record of an entry that this consumer has from now on.
    pub(super) fn record(&self, number: i64, key: u64) -> Record {
        Record {
            number,
            key,
            heartbeat: self.now,
            boot: self.boot,
            attempts: 0,
            is_left: false,
            is_released: false,
            is_redelivered: false,
        }
    }
}
