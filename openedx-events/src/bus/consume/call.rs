//! A receiver of one event: [`Callee`].

use std::sync::Arc;

use super::decode::Decoded;
use crate::receiver::ReceiverInfo;
use crate::receiver::error::ReceiverError;
use crate::signal::connection::Connected;
use crate::signal::context::Context;
use crate::signal::dispatch::plan::AnyPlan;
use crate::signal::dispatch::run::{call_all, contained};
use crate::signal::event::AnyEvent;

/// A receiver of one event.
pub(super) struct Callee<'a> {
    pub(super) info: &'a ReceiverInfo,
    /// What it is called in reports, which outlive a closure.
    pub(super) path: &'static str,
    call: Call<'a>,
}

enum Call<'a> {
    Sync(&'static dyn AnyPlan, usize),
    Async(&'static dyn AnyPlan, usize),
    Connected(&'a Connected),
}

impl<'a> Callee<'a> {
    /// The receiver of this number: the registered ones come first, then the closures that were connected when the event
    /// came. `None` if it is a closure that has disconnected since.
    pub(super) fn of(decoded: &'a Decoded, number: usize) -> Option<Self> {
        let plan = decoded.route.plan;
        let registered = plan.receivers();
        if let Some(info) = registered.get(number) {
            let call = if info.is_async { Call::Async(plan, number) } else { Call::Sync(plan, number) };
            return Some(Self { info, path: &info.path, call });
        }
        let connected = decoded.connected.as_ref()?.get(number - registered.len())?;
        let still = decoded.route.connections.load();
        let is_connected = still.as_ref()?.iter().any(|each| Arc::ptr_eq(each, connected));
        is_connected.then_some(Self {
            info: &connected.info,
            path: "a connected closure",
            call: Call::Connected(connected),
        })
    }

    /// Whether another receiver of the event has the same path. Closures can be connected under one name.
    pub(super) fn has_namesake(&self, decoded: &Decoded) -> bool {
        let registered = decoded.route.plan.receivers().iter().map(|receiver| &*receiver.path);
        let connected = decoded.connected.iter().flat_map(|list| list.iter()).map(|each| &*each.info.path);
        registered.chain(connected).filter(|path| **path == *self.info.path).nth(1).is_some()
    }

    /// Runs it, to its end or its failure. `block_on` waits for an async one.
    pub(super) fn run<'e>(
        &self,
        event: &'e dyn AnyEvent,
        context: &'e Context<'e>,
        block_on: impl FnOnce(Running<'e>) -> Result<(), ReceiverError>,
    ) -> Result<(), ReceiverError> {
        match self.call {
            Call::Async(plan, number) => block_on(Box::pin(contained(plan.start(number, event, context)))),
            Call::Sync(plan, number) => contain(|| plan.call(number, event, context)),
            Call::Connected(connected) => contain(|| connected.call(event, context)),
        }
    }
}

/// An async receiver that runs.
pub(super) type Running<'e> = std::pin::Pin<Box<dyn Future<Output = Result<(), ReceiverError>> + Send + 'e>>;

fn contain(call: impl Fn() -> crate::receiver::ReceiverResult) -> Result<(), ReceiverError> {
    call_all([()], |()| call()).map_err(|failure| failure.error)
}
