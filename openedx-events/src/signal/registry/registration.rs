//! What generated code submits to the registry: signals and receivers.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

use crate::receiver::delivery::DeliveryPolicy;
use crate::receiver::{ReceiverFuture, ReceiverInfo, ReceiverResult};
use crate::signal::any::AnySignal;
use crate::signal::context::{Context, StateNeed};
use crate::signal::event::{AnyEvent, Event};
use crate::signal::registry::order;
use crate::signal::typed::Signal;

/// A signal that `#[signal]` declared.
#[derive(Debug)]
pub struct Declaration {
    pub(crate) signal: &'static dyn AnySignal,
}

impl Declaration {
    #[doc(hidden)]
    pub const fn new(signal: &'static dyn AnySignal) -> Self {
        Self { signal }
    }
}

inventory::collect!(Declaration);

/// A module whose signals are left out of the registry while a condition holds.
#[derive(Debug)]
pub struct HiddenModule {
    pub(crate) module: &'static str,
    pub(crate) is_hidden: fn() -> bool,
}

impl HiddenModule {
    #[doc(hidden)]
    pub const fn new(module: &'static str, is_hidden: fn() -> bool) -> Self {
        Self { module, is_hidden }
    }
}

inventory::collect!(HiddenModule);

/// Hooks of another kind, for the summary of the program. The registry of signals does not know them.
#[derive(Debug)]
pub(crate) struct OtherHooks {
    /// The crate of each hook, and that of each function that is registered for one.
    pub(crate) crates: fn() -> (Vec<&'static str>, Vec<&'static str>),
}

inventory::collect!(OtherHooks);

pub(crate) type SyncFn<E> = for<'a, 'c> fn(&'a E, &'c Context<'c>) -> ReceiverResult;
pub(crate) type AsyncFn<E> = for<'a> fn(&'a E, &'a Context<'a>) -> ReceiverFuture<'a>;
pub(crate) type SyncAnyFn = for<'a, 'c> fn(&'a dyn AnyEvent, &'c Context<'c>) -> ReceiverResult;
pub(crate) type AsyncAnyFn = for<'a> fn(&'a dyn AnyEvent, &'a Context<'a>) -> ReceiverFuture<'a>;

/// The function behind a registration for one signal.
#[derive(Debug)]
pub enum Handler<E> {
    #[doc(hidden)]
    Sync(SyncFn<E>),
    #[doc(hidden)]
    Async(AsyncFn<E>),
}

/// The function behind a registration for every signal.
#[derive(Clone, Copy, Debug)]
pub enum AnyHandler {
    #[doc(hidden)]
    Sync(SyncAnyFn),
    #[doc(hidden)]
    Async(AsyncAnyFn),
}

/// A receiver and what it listens to.
#[derive(Debug)]
pub struct Registration {
    pub(crate) info: ReceiverInfo,
    pub(crate) states: &'static [StateNeed],
    /// Whether it waits for the configuration to turn it on.
    pub(crate) is_off: bool,
    pub(crate) target: Target,
}

pub(crate) enum Target {
    One {
        signal: &'static dyn AnySignal,
        event: fn() -> TypeId,
        /// A `Handler<E>` of the signal's event.
        handler: &'static (dyn Any + Send + Sync),
    },
    Any(AnyHandler),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One { signal, .. } => write!(f, "One({})", signal.event_type()),
            Self::Any(_) => f.write_str("Any"),
        }
    }
}

inventory::collect!(Registration);

impl Registration {
    /// A receiver of one signal. The signal gives the handler's closure its argument type.
    #[doc(hidden)]
    #[track_caller]
    pub const fn new<E: Event>(
        path: &'static str,
        signal: &'static Signal<E>,
        handler: &'static Handler<E>,
    ) -> Self {
        Self::of(
            path,
            matches!(handler, Handler::Async(_)),
            Target::One { signal, event: TypeId::of::<E>, handler },
        )
    }

    /// A receiver of every signal.
    #[doc(hidden)]
    #[track_caller]
    pub const fn any(path: &'static str, handler: AnyHandler) -> Self {
        Self::of(path, matches!(handler, AnyHandler::Async(_)), Target::Any(handler))
    }

    #[track_caller]
    const fn of(path: &'static str, is_async: bool, target: Target) -> Self {
        let info = ReceiverInfo {
            path: Cow::Borrowed(path),
            location: Location::caller(),
            priority: 0,
            is_async,
            delivery: DeliveryPolicy::new(),
        };
        Self { info, states: &[], is_off: false, target }
    }

    #[doc(hidden)]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.info.priority = priority;
        self
    }

    #[doc(hidden)]
    pub const fn delivery(mut self, policy: DeliveryPolicy) -> Self {
        self.info.delivery = policy;
        self
    }

    #[doc(hidden)]
    pub const fn states(mut self, states: &'static [StateNeed]) -> Self {
        self.states = states;
        self
    }

    /// Waits for the configuration to turn it on.
    #[doc(hidden)]
    pub const fn off(mut self) -> Self {
        self.is_off = true;
        self
    }

    /// The type of its event; `None` if it takes every event.
    pub(crate) fn event_type(&self) -> Option<&'static str> {
        match &self.target {
            Target::One { signal, .. } => Some(signal.event_type()),
            Target::Any(_) => None,
        }
    }

    pub(crate) fn order(&'static self) -> impl Ord {
        order::of(self.info.priority, &self.info.path, self.info.location)
    }
}
