//! The leases of a consumer: [`Leases`].

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

    /// Acquires the consumer's name. Waits if its owner may be dead.
    pub(super) fn acquire_name(&self, link: &mut Link, subscription: &Subscription) -> Result<(), BusError> {
        if self.name.acquire(link)? { Ok(()) } else { Err(name_in_use(subscription)) }
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
