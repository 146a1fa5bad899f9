//! Receivers: what `#[receiver]` registers.

pub(crate) mod delivery;
pub(crate) mod retry;
pub(crate) mod state;

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;

use crate::signal::context::Context;
use crate::signal::event::{AnyEvent, Event, crate_of};
use crate::signal::typed::{AnySignal, Signal};
use delivery::DeliveryPolicy;
use state::StateNeed;

/// An error of a receiver: any error that can go to another thread.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What a receiver comes to.
pub type ReceiverResult = Result<(), BoxError>;

/// The future of an async receiver.
pub type ReceiverFuture<'a> = Pin<Box<dyn Future<Output = ReceiverResult> + Send + 'a>>;

/// What a receiver function may return: `()`, or `Result<(), E>` with any `E` that converts to a boxed error.
#[diagnostic::on_unimplemented(
    message = "a receiver cannot return `{Self}`",
    label = "not `()` or `Result<(), E>`",
    note = "return `()`, or `Result<(), E>` where `E` is an error type such as `anyhow::Error` or one of your own that \
            is `Send` and `Sync`"
)]
pub trait ReceiverOutput {
    /// The outcome.
    ///
    /// # Errors
    ///
    /// The receiver's own.
    fn into_result(self) -> ReceiverResult;
}

impl ReceiverOutput for () {
    #[inline]
    fn into_result(self) -> ReceiverResult {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> ReceiverOutput for Result<(), E> {
    #[inline]
    fn into_result(self) -> ReceiverResult {
        self.map_err(Into::into)
    }
}

/// Name and place of a receiver.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceiverInfo {
    /// The function's path from its crate on, such as `notifications::create_notification_preference`; for a
    /// connected closure the name that `connect` was given.
    pub path: Cow<'static, str>,
    /// Where it is declared or connected.
    pub location: &'static Location<'static>,
    /// Receivers of a higher priority run first; 0 unless declared otherwise.
    pub priority: i32,
    /// Whether the receiver is async.
    pub is_async: bool,
    /// What it asks of the event bus.
    pub delivery: DeliveryPolicy,
}

impl ReceiverInfo {
    /// The crate that declares the receiver; for a connected closure its name.
    pub fn crate_name(&self) -> &str {
        match &self.path {
            Cow::Borrowed(path) => crate_of(path),
            Cow::Owned(name) => name,
        }
    }
}

impl fmt::Display for ReceiverInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.path, self.location.file(), self.location.line())
    }
}

pub(crate) type SyncFn<E> = for<'a, 'c> fn(&'a E, &'c Context<'c>) -> ReceiverResult;
pub(crate) type AsyncFn<E> = for<'a> fn(&'a E, &'a Context<'a>) -> ReceiverFuture<'a>;
pub(crate) type SyncAnyFn = for<'a, 'c> fn(&'a dyn AnyEvent, &'c Context<'c>) -> ReceiverResult;
pub(crate) type AsyncAnyFn = for<'a> fn(&'a dyn AnyEvent, &'a Context<'a>) -> ReceiverFuture<'a>;

/// The function behind a registration of one signal.
#[doc(hidden)]
#[derive(Debug)]
pub enum Handler<E> {
    #[doc(hidden)]
    Sync(SyncFn<E>),
    #[doc(hidden)]
    Async(AsyncFn<E>),
}

/// The function behind a registration of every signal.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum AnyHandler {
    #[doc(hidden)]
    Sync(SyncAnyFn),
    #[doc(hidden)]
    Async(AsyncAnyFn),
}

/// One line of the registry: a receiver and what it listens to.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration {
    pub(crate) info: ReceiverInfo,
    pub(crate) states: &'static [StateNeed],
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
        Self { info, states: &[], target }
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

    /// What the order of receivers goes by: the priority, then the path, then the place.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        let ReceiverInfo { location, priority, .. } = self.info;
        let path: &'static str = match &self.info.path {
            Cow::Borrowed(path) => path,
            Cow::Owned(_) => "",
        };
        (std::cmp::Reverse(priority), path, location.file(), location.line(), location.column())
    }
}
