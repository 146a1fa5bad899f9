//! A call of a receiver: [`Call`].

use std::sync::Arc;

use super::decode::Decoded;
use super::recipient::Recipient;
use crate::receiver::error::ReceiverError;
use crate::receiver::{ReceiverInfo, ReceiverResult};
use crate::signal::connection::Connected;
use crate::signal::context::Context;
use crate::signal::dispatch::plan::AnyPlan;
use crate::signal::dispatch::run::{Contained, call_all};
use crate::signal::event::AnyEvent;

/// A call of one receiver of an event.
pub(super) struct Call<'a> {
    pub(super) info: &'a ReceiverInfo,
    /// Its name in reports that outlive a closure.
    pub(super) path: &'static str,
    target: Target<'a>,
}

enum Target<'a> {
    Sync(&'static dyn AnyPlan, usize),
    Async(&'static dyn AnyPlan, usize),
    Connected(&'a Connected),
    Recipient(&'a Recipient),
}

impl<'a> Call<'a> {
    /// The call of the receiver with this number: the registered ones come first, then the closures that were connected when
    /// the event was decoded. `None` if it is a closure that has disconnected since. A recipient is the only one.
    pub(super) fn of(decoded: &'a Decoded, number: usize) -> Option<Self> {
        if let Some(recipient) = &decoded.recipient {
            let (path, target) = ("the recipient of the consumer", Target::Recipient(recipient));
            return (number == 0).then_some(Self { info: recipient.info(), path, target });
        }
        let plan = decoded.route.plan;
        let registered = plan.receivers();
        if let Some(info) = registered.get(number) {
            let target = if info.is_async { Target::Async(plan, number) } else { Target::Sync(plan, number) };
            return Some(Self { info, path: &info.path, target });
        }
        let connected = decoded.connected.as_ref()?.get(number - registered.len())?;
        let current = decoded.route.connected();
        let is_connected = current.as_ref()?.iter().any(|each| Arc::ptr_eq(each, connected));
        is_connected.then_some(Self {
            info: &connected.info,
            path: "a connected closure",
            target: Target::Connected(connected),
        })
    }

    /// Whether it is what a producer has connected, which does nothing with events from the bus.
    pub(super) fn is_of_producer(&self) -> bool {
        matches!(self.target, Target::Connected(connected) if !connected.takes_from_bus)
    }

    /// Whether another receiver of the event has the same path. Closures can be connected under one name.
    pub(super) fn shares_its_path(&self, decoded: &Decoded) -> bool {
        decoded.receivers().filter(|each| each.path == self.info.path).nth(1).is_some()
    }

    /// Runs the receiver until it returns, fails or panics. `block_on` waits for an async one.
    pub(super) fn run<'e>(
        &'e self,
        event: &'e dyn AnyEvent,
        context: &'e Context<'e>,
        block_on: impl FnOnce(Contained<'e>) -> Result<(), ReceiverError>,
    ) -> Result<(), ReceiverError> {
        match self.target {
            Target::Async(plan, number) => {
                let receiver = plan.start(number, event, context);
                block_on(Contained::new(receiver, context.signal.event_type(), self.info))
            }
            Target::Sync(plan, number) => contain(|| plan.call(number, event, context)),
            Target::Connected(connected) => contain(|| connected.call(event, context)),
            Target::Recipient(recipient) => contain(|| recipient.deliver(event, context)),
        }
    }
}

fn contain(call: impl Fn() -> ReceiverResult) -> Result<(), ReceiverError> {
    call_all([()], |()| call()).map_err(|failure| failure.error)
}
