//! The receivers of one signal, sorted and ready to be called: [`Plan`].

use std::sync::{Mutex, OnceLock};

use crate::receiver::{BoxError, ReceiverFuture, ReceiverInfo, ReceiverResult};
use crate::signal::context::Context;
use crate::signal::event::{AnyEvent, Event};
use crate::signal::registry::registration::{
    AnyHandler, AsyncAnyFn, AsyncFn, Handler, Registration, SyncAnyFn, SyncFn, Target,
};
use crate::sync;

/// The registered receivers of one signal. Made at the first use of any signal.
pub(crate) struct Plan<E: 'static> {
    /// The sync receivers, in order.
    pub(crate) calls: &'static [SyncCall<E>],
    /// The async receivers, in order.
    pub(crate) tasks: &'static [AsyncCall<E>],
    /// The infos of `calls`, then those of `tasks`.
    pub(crate) receivers: &'static [&'static ReceiverInfo],
}

/// The plan of one signal, and the one that has replaced it when more receivers were registered.
pub(crate) struct Plans<E: 'static> {
    first: OnceLock<Plan<E>>,
    replaced: Mutex<Option<&'static Plan<E>>>,
}

impl<E: Event> Plans<E> {
    pub(crate) const fn new() -> Self {
        Self { first: OnceLock::new(), replaced: Mutex::new(None) }
    }

    /// The first plan that had receivers, which the shortest path takes.
    #[inline]
    pub(crate) fn first(&self) -> Option<&Plan<E>> {
        self.first.get()
    }

    /// The plan.
    pub(crate) fn current(&self) -> &Plan<E> {
        (*sync::lock(&self.replaced)).or_else(|| self.first.get()).unwrap_or(Plan::NONE)
    }

    /// Makes the plan of all receivers that are registered by now, which are sorted. Returns whether it replaces one, which the
    /// shortest path must not take any more.
    pub(crate) fn update(&self, registrations: &[&'static Registration]) -> bool {
        // Receivers only come, and with whole libraries: what is replaced may still be in use, and is kept.
        if registrations.len() == self.current().receivers.len() {
            return false;
        }
        let Err(plan) = self.first.set(Plan::new(registrations)) else { return false };
        *sync::lock(&self.replaced) = Some(Box::leak(Box::new(plan)));
        true
    }
}

pub(crate) enum SyncCall<E> {
    Typed(SyncFn<E>),
    Any(SyncAnyFn),
}

pub(crate) enum AsyncCall<E> {
    Typed(AsyncFn<E>),
    Any(AsyncAnyFn),
}

impl<E: Event> Plan<E> {
    /// Of a signal without receivers.
    pub(crate) const NONE: &'static Self = &Self { calls: &[], tasks: &[], receivers: &[] };

    fn new(registrations: &[&'static Registration]) -> Self {
        let (mut calls, mut tasks) = (Vec::new(), Vec::new());
        let (mut called, mut spawned) = (Vec::new(), Vec::new());
        for registration in registrations {
            match Call::of(registration) {
                Some(Call::Sync(call)) => {
                    calls.push(call);
                    called.push(&registration.info);
                }
                Some(Call::Async(task)) => {
                    tasks.push(task);
                    spawned.push(&registration.info);
                }
                None => {}
            }
        }
        called.append(&mut spawned);
        Self { calls: calls.leak(), tasks: tasks.leak(), receivers: called.leak() }
    }
}

enum Call<E> {
    Sync(SyncCall<E>),
    Async(AsyncCall<E>),
}

impl<E: Event> Call<E> {
    /// `None` if the registration is for another signal.
    fn of(registration: &Registration) -> Option<Self> {
        Some(match &registration.target {
            Target::One { handler, .. } => match handler.downcast_ref()? {
                Handler::Sync(call) => Self::Sync(SyncCall::Typed(*call)),
                Handler::Async(call) => Self::Async(AsyncCall::Typed(*call)),
            },
            Target::Any(AnyHandler::Sync(call)) => Self::Sync(SyncCall::Any(*call)),
            Target::Any(AnyHandler::Async(call)) => Self::Async(AsyncCall::Any(*call)),
        })
    }
}

/// A plan of an event whose type is known at run time only: everything but the shortest path is compiled once for all
/// events.
pub(crate) trait AnyPlan: Sync {
    /// The receivers: first the sync ones, then the async ones.
    fn receivers(&self) -> &'static [&'static ReceiverInfo];

    /// The number of sync receivers.
    fn sync(&self) -> usize;

    /// Calls a sync receiver, by its index among all.
    fn call(&self, receiver: usize, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult;

    /// Starts an async receiver, by its index among all.
    fn start<'a>(
        &self,
        receiver: usize,
        event: &'a dyn AnyEvent,
        context: &'a Context<'a>,
    ) -> ReceiverFuture<'a>;
}

impl<E: Event> AnyPlan for Plan<E> {
    fn receivers(&self) -> &'static [&'static ReceiverInfo] {
        self.receivers
    }

    fn sync(&self) -> usize {
        self.calls.len()
    }

    fn call(&self, receiver: usize, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult {
        self.calls[receiver].call(typed(event)?, context)
    }

    fn start<'a>(
        &self,
        receiver: usize,
        event: &'a dyn AnyEvent,
        context: &'a Context<'a>,
    ) -> ReceiverFuture<'a> {
        match typed(event) {
            Ok(event) => self.tasks[receiver - self.calls.len()].call(event, context),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

/// The event as the type that the receivers of the plan take.
fn typed<E: Event>(event: &dyn AnyEvent) -> Result<&E, BoxError> {
    event.as_any().downcast_ref().ok_or_else(|| "an event of another signal".into())
}

impl<E: Event> SyncCall<E> {
    #[inline]
    pub(crate) fn call(&self, event: &E, context: &Context<'_>) -> ReceiverResult {
        match self {
            Self::Typed(call) => call(event, context),
            Self::Any(call) => call(event, context),
        }
    }
}

impl<E: Event> AsyncCall<E> {
    pub(crate) fn call<'a>(&self, event: &'a E, context: &'a Context<'a>) -> ReceiverFuture<'a> {
        match self {
            Self::Typed(call) => call(event, context),
            Self::Any(call) => call(event as &dyn AnyEvent, context),
        }
    }
}

// By hand: a derive would require `E: Clone`.
impl<E> Clone for SyncCall<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for SyncCall<E> {}

impl<E> Clone for AsyncCall<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for AsyncCall<E> {}
