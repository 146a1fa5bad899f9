//! Typed signals: [`Signal`].

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::{Arc, OnceLock};

use super::connection::{Connected, Connection, Connections};
use super::context::Context;
use super::dispatch::payload::Slot;
use super::dispatch::plan::{Plan, Plans};
use super::event::{Event, IntoEvent};
use super::gate::{Gate, REPLACED, UNPREPARED};
use super::registry;
use super::responses::Responses;
use super::scope;
use super::send::{SendBuilder, SendOptions};
use crate::avro::{Schema, SchemaError};
use crate::metadata::{EventsMetadata, now_micros};
use crate::receiver::ReceiverResult;

/// The signal of the event `E`: declared by `#[signal]`, received by `#[receiver]`, sent by
/// [`send_event`](Self::send_event).
///
/// Each event type has one signal, a static. Every method may be called from any thread, and from inside a receiver.
///
/// # Examples
///
/// ```
/// use openedx_events::{receiver, signal};
///
/// /// Sent when a table was reserved.
/// #[signal("org.example.restaurant.table.reserved.v1")]
/// pub struct TableReserved {
///     pub table: i64,
/// }
///
/// #[receiver(TABLE_RESERVED)]
/// fn put_up_a_sign(table: i64) -> Result<(), String> {
///     if table < 10 { Ok(()) } else { Err(format!("there is no table {table}")) }
/// }
///
/// assert!(TABLE_RESERVED.send_event(TableReserved { table: 4 }).is_ok());
///
/// // The only field of an event can be passed alone; `event` starts a send with options.
/// assert!(!TABLE_RESERVED.send_event(12).is_ok());
/// assert!(!TABLE_RESERVED.event(12).fail_fast().send().is_ok());
/// ```
pub struct Signal<E: 'static> {
    pub(crate) gate: Gate,
    pub(crate) plans: Plans<E>,
    pub(crate) connections: Connections,
    /// Boxed, so that a signal whose schema is never asked for stays small.
    pub(crate) schema: OnceLock<Box<Result<Schema, SchemaError>>>,
}

impl<E: Event> Signal<E> {
    /// For `#[signal]` only, which also registers the static.
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self {
            gate: Gate::new(),
            plans: Plans::new(),
            connections: Connections::new(),
            schema: OnceLock::new(),
        }
    }

    /// Sends an event to every receiver, with new metadata.
    ///
    /// Sync receivers are called one after the other before this returns. An error or a panic of one is kept in the
    /// responses and logged, and the others still run. Async receivers are then spawned on the current tokio runtime
    /// (feature `tokio`); their outcomes are logged and counted, and [`drain`](crate::drain) waits for them. Without a
    /// runtime they are errors in the responses.
    ///
    /// A receiver may send events too, of the same signal as well. Sends nest at most 64 deep on one thread, which is safe on a
    /// stack of 2 MiB; a send beyond that calls no receiver, for the reason [`Undelivered::TooDeep`], and an error in the log
    /// names the receivers that send in a circle.
    ///
    /// The event, its data and the errors of receivers may panic when they are dropped: that is logged, and does not reach the
    /// sender.
    ///
    /// Blocks as long as the sync receivers do. With `panic = "abort"` a receiver's panic ends the program.
    ///
    /// [`Undelivered::TooDeep`]: crate::Undelivered::TooDeep
    #[doc(alias(
        "send",
        "emit",
        "publish",
        "dispatch",
        "trigger",
        "fire",
        "raise",
        "notify",
        "broadcast",
        "post",
        "send_robust",
        "send_sync",
        "emit_event",
        "publish_event",
        "dispatch_event",
        "fire_event",
        "trigger_event",
        "notify_all"
    ))]
    #[inline]
    pub fn send_event(&'static self, event: impl IntoEvent<E>) -> Responses {
        self.dispatch_sync(Slot::new(event.into_event()), SendOptions::NOW)
    }

    /// Sends an event to every receiver, with new metadata, and waits for all of them.
    ///
    /// When the future is first polled, the metadata is made and the sync receivers are called one after the other.
    /// Then the async ones run concurrently inside this future. No runtime is needed. Dropping the future drops the
    /// async receivers that have not ended. The responses cover both.
    #[doc(alias(
        "send_async",
        "emit_async",
        "publish_async",
        "dispatch_async",
        "notify_async",
        "asend",
        "async_send",
        "send_and_wait",
        "send_await"
    ))]
    pub fn send_event_async<T: IntoEvent<E>>(
        &'static self,
        event: T,
    ) -> impl Future<Output = Responses> + Send + use<E, T> {
        self.dispatch_async(Slot::new(event.into_event()), SendOptions::NOW)
    }

    /// Sends an event that came from the event bus, with the metadata that came with it. It is not produced to the bus
    /// again.
    ///
    /// The same as `event(…).metadata(&metadata).from_event_bus().send()`, under the name that it has upstream. To wait
    /// for async receivers, end that with [`send_async`](SendBuilder::send_async).
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "the metadata goes with its event")]
    pub fn send_event_with_custom_metadata(
        &'static self,
        event: impl IntoEvent<E>,
        metadata: EventsMetadata,
    ) -> Responses {
        self.event(event).metadata(&metadata).from_event_bus().send()
    }

    /// Starts a send with options, such as a time or metadata of its own. Nothing is sent before
    /// [`send`](SendBuilder::send) or [`send_async`](SendBuilder::send_async).
    #[doc(alias(
        "builder",
        "build",
        "with_event",
        "prepare",
        "send_with",
        "send_event_with",
        "send_with_metadata",
        "send_event_with_metadata",
        "options"
    ))]
    #[inline]
    pub fn event(&'static self, event: impl IntoEvent<E>) -> SendBuilder<'static, E> {
        SendBuilder::new(self, event.into_event())
    }

    /// Starts a send of an event that stays with the caller. It is cloned only if an async receiver or a test scope has
    /// to keep it.
    #[doc(alias("send_ref", "emit_ref", "event_by_ref", "send_event_ref"))]
    #[inline]
    pub fn event_ref<'e>(&'static self, event: &'e E) -> SendBuilder<'static, E, &'e E>
    where
        E: Clone,
    {
        SendBuilder::new(self, event)
    }

    /// New metadata, as `send_event` makes it: a new id and the current time.
    #[doc(alias("metadata", "new_metadata", "make_metadata"))]
    pub fn generate_metadata(&self) -> EventsMetadata {
        EventsMetadata::at(Cow::Borrowed(E::INFO.event_type), E::INFO.minor_version, now_micros())
    }

    /// Connects a closure until the returned [`Connection`] is dropped. `name` identifies it in responses and logs.
    ///
    /// Connected closures run after the registered sync receivers, in the order in which they were connected. Inside a
    /// [test scope](crate::testing) the connection belongs to the scope.
    #[doc(alias(
        "subscribe",
        "on",
        "listen",
        "listener",
        "register",
        "observe",
        "bind",
        "attach",
        "add_listener",
        "add_event_listener",
        "add_receiver",
        "add_handler",
        "add_subscriber",
        "handle",
        "handler",
        "hook",
        "receive",
        "receiver",
        "once",
        "watch",
        "when",
        "on_event",
        "connect_receiver",
        "register_receiver",
        "subscribe_with"
    ))]
    #[track_caller]
    pub fn connect(
        &'static self,
        name: impl Into<Cow<'static, str>>,
        receiver: impl Fn(&E, &Context<'_>) -> ReceiverResult + Send + Sync + 'static,
    ) -> Connection {
        let connected = Connected::new(name.into(), Location::caller(), receiver);
        let scope = scope::current();
        match &scope {
            Some(scope) => scope.connect(TypeId::of::<E>(), Arc::clone(&connected)),
            None => self.connections.add(&connected, &self.gate),
        }
        Connection::new(connected, self, scope)
    }

    /// The plan. The first call prepares the plans of all signals.
    pub(crate) fn prepared(&self) -> &Plan<E> {
        let bits = self.gate.bits();
        if bits & UNPREPARED == 0 && registry::is_complete() {
            if bits & REPLACED == 0 {
                return self.plans.first().unwrap_or(Plan::NONE);
            }
        } else {
            registry::prepare();
        }
        self.plans.current()
    }
}

impl<E: Event> fmt::Debug for Signal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Signal: {}>", E::INFO.event_type)
    }
}
