//! The leases of a consumer: [`Leases`].

use std::time::Duration;

use super::lease::{Lease, Owner};
use crate::bus::backends::redis::keys;
use crate::bus::backends::redis::link::Link;
use crate::bus::contract::Subscription;
use crate::bus::contract::error::{BusError, ErrorKind};

/// The right to the consumer's name, and with a single active consumer the right to read.
pub(super) struct Leases {
    name: Lease,
    active: Option<Lease>,
}

impl Leases {
    /// Leases that are not acquired yet, of a consumer that reads on this connection.
    pub(super) fn new(
        subscription: &Subscription,
        is_single_active: bool,
        link: &mut Link,
        connection: i64,
    ) -> Result<Self, BusError> {
        let Subscription { topic, group, consumer, .. } = subscription;
        let name = Lease::new(keys::consumer(topic, group, consumer));
        name.name_connection(link, connection)?;
        let active = is_single_active.then(|| name.sibling(keys::active(topic, group)));
        Ok(Self { name, active })
    }

    /// Acquires the consumer's name. The error is transient if its owner may be dead.
    pub(super) fn acquire_name(&self, link: &mut Link, subscription: &Subscription) -> Result<(), BusError> {
        match self.name.try_acquire(link)? {
            Owner::Us => Ok(()),
            Owner::Alive => Err(name_in_use(subscription)),
            Owner::Unknown => Err(name_perhaps_in_use(subscription, self.name.time_left(link)?)),
        }
    }

    /// The reader has another connection, by which others see that the owner lives.
    pub(super) fn set_connection(&self, link: &mut Link, connection: i64) -> Result<(), BusError> {
        self.name.name_connection(link, connection)?;
        if let Some(active) = &self.active {
            active.copy_connection(&self.name);
        }
        Ok(())
    }

    /// Sends a heartbeat. Fails if another process has the name.
    pub(super) fn renew(&self, link: &mut Link, subscription: &Subscription) -> Result<(), BusError> {
        if !self.name.renew(link)? {
            return Err(name_in_use(subscription));
        }
        if let Some(active) = self.active.as_ref().filter(|active| active.is_ours()) {
            active.set_ours(active.renew(link)?);
        }
        Ok(())
    }

    /// Whether only one consumer of the group is active at a time.
    pub(super) fn is_single_active(&self) -> bool {
        self.active.is_some()
    }

    /// Whether another consumer of the group is the active one, or may be.
    pub(super) fn is_standby(&self) -> bool {
        self.active.as_ref().is_some_and(|active| !active.is_ours())
    }

    /// Tries to become the active consumer. The lease counts as ours only when [`activate`](Self::activate) is called, as
    /// there is something to do before.
    pub(super) fn try_active(&self, link: &mut Link) -> Result<bool, BusError> {
        match &self.active {
            Some(active) => Ok(active.try_acquire(link)? == Owner::Us),
            None => Ok(true),
        }
    }

    /// This is the active consumer from now on.
    pub(super) fn activate(&self) {
        if let Some(active) = &self.active {
            active.set_ours(true);
        }
    }

    /// What the lease of the name says while it is ours.
    pub(super) fn holder(&self) -> String {
        self.name.value()
    }

    pub(super) fn release_name(&self, link: &mut Link) {
        self.name.release(link);
    }

    pub(super) fn release(&self, link: &mut Link) {
        if let Some(active) = &self.active {
            active.release(link);
        }
        self.name.release(link);
    }
}

/// Another process consumes under the name.
fn name_in_use(subscription: &Subscription) -> BusError {
    let Subscription { topic, group, consumer, .. } = subscription;
    BusError::new(
        ErrorKind::Configuration,
        format!(
            "another live process consumes as `{consumer}` in the group `{group}` of `{topic}`: give each process a \
             consumer name of its own"
        ),
    )
}

/// Another process has consumed under the name, and it is not known whether it still lives.
fn name_perhaps_in_use(subscription: &Subscription, left: Option<Duration>) -> BusError {
    let Subscription { topic, group, consumer, .. } = subscription;
    let seconds = left.unwrap_or_default().as_secs() + 1;
    BusError::new(
        ErrorKind::Busy,
        format!(
            "another process consumes as `{consumer}` in the group `{group}` of `{topic}`, or did so until a short while ago. \
             If it is gone, the name is free in {seconds} s; otherwise give each process a consumer name of its own"
        ),
    )
}
