//! Typed signals: [`Signal`], and [`AnySignal`] where the event's type is known at run time only.

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use super::connection::{Connected, Connection, Connections, Disconnect};
use super::context::Context;
use super::dispatch::Route;
use super::dispatch::plan::Plan;
use super::event;
use super::event::{AnyEvent, Event, EventInfo, IntoEvent};
use super::gate::{ASYNC, DISABLED, DUPLICATE, Gate, SILENT, UNPREPARED};
use super::registry;
use super::registry::Registry;
use super::responses::Responses;
use super::scope;
use super::sending::{Given, Lent, SendOptions, Sending};
use crate::avro::{DecodeError, Schema, SchemaError, Wire};
use crate::data::{JsonError, Record};
use crate::metadata::{EventsMetadata, now_micros};
use crate::receiver::{ReceiverInfo, ReceiverResult};

/// The signal of the event `E`: what `#[signal]` declares, `#[receiver]` listens to and `send_event` sends.
///
/// One static for each event type. Every method may be called from any thread, and from inside a receiver.
pub struct Signal<E> {
    pub(crate) gate: Gate,
    pub(crate) plan: OnceLock<Plan<E>>,
    pub(crate) connections: Connections,
    /// A box, so that events that nobody asks for theirs take little room.
    schema: OnceLock<Box<Result<Schema, SchemaError>>>,
}

impl<E: Event> Signal<E> {
    /// For `#[signal]` alone, which registers the static as well.
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self {
            gate: Gate::new(),
            plan: OnceLock::new(),
            connections: Connections::new(),
            schema: OnceLock::new(),
        }
    }

    /// Sends an event to every receiver, with metadata of its own.
    ///
    /// Sync receivers are called here, one after the other, before this returns; an error or a panic of one is kept in
    /// the responses and logged, and the others still run. Async receivers are then spawned on the current tokio
    /// runtime (feature `tokio`); how they end is logged and counted, and [`drain`](crate::drain) waits for them.
    /// Without a runtime they are errors in the responses.
    ///
    /// Does not block but for what the receivers do. With `panic = "abort"` a receiver's panic ends the program, as
    /// nothing can catch it.
    ///
    /// # Panics
    ///
    /// In the destructor of a thread-local alone, if somebody listens: the thread's generator of ids may be gone.
    #[inline]
    pub fn send_event(&'static self, event: impl IntoEvent<E>) -> Responses {
        self.dispatch(Given(event.into_event()), Sending::NOW)
    }

    /// [`send_event`](Self::send_event) with a time of its own, or stopping at the first failure.
    pub fn send_event_with(&'static self, event: impl IntoEvent<E>, options: SendOptions) -> Responses {
        self.dispatch(Given(event.into_event()), options.into())
    }

    /// [`send_event`](Self::send_event) of an event that came from the bus, with the metadata it came with. It is never
    /// produced to the bus again.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "it is given away with the event that it belongs to")]
    pub fn send_event_with_custom_metadata(
        &'static self,
        event: impl IntoEvent<E>,
        metadata: EventsMetadata,
    ) -> Responses {
        self.dispatch(Given(event.into_event()), (&metadata).into())
    }

    /// [`send_event`](Self::send_event) of an event that stays with the caller. It is cloned only if an async receiver
    /// has to keep it, or a test scope.
    #[inline]
    pub fn send_event_ref(&'static self, event: &E) -> Responses
    where
        E: Clone,
    {
        self.dispatch(Lent(event), Sending::NOW)
    }

    /// [`send_event_with_custom_metadata`](Self::send_event_with_custom_metadata) of an event and metadata that stay
    /// with the caller, cloned only if an async receiver has to keep them, or a test scope.
    #[inline]
    pub fn send_event_ref_with_custom_metadata(
        &'static self,
        event: &E,
        metadata: &EventsMetadata,
    ) -> Responses
    where
        E: Clone,
    {
        self.dispatch(Lent(event), metadata.into())
    }

    /// Sends an event to every receiver and waits for all of them, with metadata of its own.
    ///
    /// When the future is first polled the metadata is made, with the time of then, and sync receivers are called, one
    /// after the other. Then async ones run, all at once, inside this future: no runtime is needed, and dropping the
    /// future drops those that have not ended. The responses cover both.
    pub fn send_event_async<T: IntoEvent<E>>(
        &'static self,
        event: T,
    ) -> impl Future<Output = Responses> + Send + use<E, T> {
        self.dispatch_async(event.into_event(), Sending::NOW)
    }

    /// [`send_event_async`](Self::send_event_async) with a time of its own, or stopping at the first failure of a sync
    /// receiver.
    pub fn send_event_async_with<T: IntoEvent<E>>(
        &'static self,
        event: T,
        options: SendOptions,
    ) -> impl Future<Output = Responses> + Send + use<E, T> {
        self.dispatch_async(event.into_event(), options.into())
    }

    /// [`send_event_async`](Self::send_event_async) of an event that came from the bus, with the metadata it came with.
    pub fn send_event_async_with_custom_metadata<T: IntoEvent<E>>(
        &'static self,
        event: T,
        metadata: EventsMetadata,
    ) -> impl Future<Output = Responses> + Send + use<E, T> {
        let event = event.into_event();
        async move { self.dispatch_async(event, (&metadata).into()).await }
    }

    /// Metadata as `send_event` makes it: a new id, the present time.
    pub fn generate_metadata(&self) -> EventsMetadata {
        EventsMetadata::at(Cow::Borrowed(E::INFO.event_type), E::INFO.minor_version, now_micros())
    }

    /// Connects a closure until the returned guard is dropped. `name` stands for it in responses and logs.
    ///
    /// Connected closures run after the registered sync receivers, in the order in which they were connected. Inside a
    /// [test scope](crate::testing) the connection is the scope's own.
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

    /// The plan, made with those of all signals if nobody has asked before.
    pub(crate) fn prepared(&self) -> &Plan<E> {
        if self.gate.bits() & UNPREPARED != 0 {
            registry::get();
        }
        // A signal that is not in the registry has no receivers there either.
        self.plan.get_or_init(|| {
            self.gate.set(SILENT);
            self.gate.clear(UNPREPARED);
            Plan::new(std::iter::empty())
        })
    }
}

impl<E: Event> fmt::Debug for Signal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Signal: {}>", E::INFO.event_type)
    }
}

/// The sending that [`AnySignal::send_any_async`] begins.
pub type SendAny = Pin<Box<dyn Future<Output = Responses> + Send>>;

/// A signal whose event type is known at run time only.
///
/// Implemented by [`Signal`] alone.
pub trait AnySignal: Send + Sync + fmt::Debug + private::Sealed {
    /// The event type, such as `org.openedx.learning.course.enrollment.created.v1`.
    fn event_type(&self) -> &'static str {
        self.info().event_type
    }

    /// What the declaration says of the event.
    fn info(&self) -> &'static EventInfo;

    /// The event's fields.
    fn record(&self) -> &'static Record;

    /// Lets events through again. Inside a [test scope](crate::testing), in this scope alone.
    fn enable(&self);

    /// Stops events from reaching any receiver: sending says so in its responses. Inside a
    /// [test scope](crate::testing), in this scope alone.
    fn disable(&self);

    /// Whether events are let through.
    fn is_enabled(&self) -> bool;

    /// The registered receivers, in the order in which they are come to: sync ones, then async ones.
    fn receivers(&self) -> &'static [&'static ReceiverInfo];

    /// Reads the data of an event from JSON.
    ///
    /// # Errors
    ///
    /// A text that is not the event's data, with the path of the member at fault.
    fn read_json(&self, data: &str) -> Result<Box<dyn AnyEvent>, JsonError>;

    /// The Avro schema of the event. It is made at the first call.
    ///
    /// # Errors
    ///
    /// Why the event cannot go on the event bus: it is declared `in_process`, or no schema can be made of its fields, of
    /// which [`check`](fn@crate::check) tells as well.
    fn schema(&self) -> Result<&Schema, &SchemaError>;

    /// Reads an event from its Avro encoding by its own schema, with nothing after it.
    ///
    /// # Errors
    ///
    /// Bytes that are not such an event, with the path of the field and the offset.
    fn decode(&self, bytes: &[u8]) -> Result<Box<dyn AnyEvent>, DecodeError>;

    /// [`Signal::send_event_with_custom_metadata`] of an event of this signal.
    ///
    /// # Errors
    ///
    /// The event, if it is one of another signal.
    fn send_any(
        &'static self,
        event: Box<dyn AnyEvent>,
        metadata: EventsMetadata,
    ) -> Result<Responses, Box<dyn AnyEvent>>;

    /// [`Signal::send_event_async_with_custom_metadata`] of an event of this signal.
    ///
    /// # Errors
    ///
    /// The event, if it is one of another signal.
    fn send_any_async(
        &'static self,
        event: Box<dyn AnyEvent>,
        metadata: EventsMetadata,
    ) -> Result<SendAny, Box<dyn AnyEvent>>;

    #[doc(hidden)]
    fn event_id(&self) -> TypeId;
    #[doc(hidden)]
    fn route(&'static self) -> Route;
    #[doc(hidden)]
    fn prepare(&self, registry: &Registry, is_duplicate: bool);
    #[doc(hidden)]
    fn disconnect(&self, connected: Disconnect<'_>);
}

impl<E: Event> AnySignal for Signal<E> {
    fn info(&self) -> &'static EventInfo {
        E::INFO
    }

    fn record(&self) -> &'static Record {
        E::RECORD
    }

    fn enable(&self) {
        match scope::current() {
            Some(scope) => scope.set_enabled(TypeId::of::<E>(), true),
            None => self.gate.clear(DISABLED),
        }
    }

    fn disable(&self) {
        match scope::current() {
            Some(scope) => scope.set_enabled(TypeId::of::<E>(), false),
            None => self.gate.set(DISABLED),
        }
    }

    fn is_enabled(&self) -> bool {
        scope::current().map_or_else(
            || self.gate.bits() & DISABLED == 0,
            |scope| scope.refusal(TypeId::of::<E>()).is_none(),
        )
    }

    fn receivers(&self) -> &'static [&'static ReceiverInfo] {
        self.prepared().receivers
    }

    fn read_json(&self, data: &str) -> Result<Box<dyn AnyEvent>, JsonError> {
        event::read::<E>(data).map(|event| Box::new(event) as Box<dyn AnyEvent>)
    }

    fn schema(&self) -> Result<&Schema, &SchemaError> {
        let schema = self.schema.get_or_init(|| {
            Box::new(match E::WIRE {
                Wire::Avro { .. } => Schema::new(E::INFO.event_type, E::RECORD),
                Wire::InProcess(reason) => Err(SchemaError::InProcess { reason }),
            })
        });
        schema.as_ref().as_ref()
    }

    fn decode(&self, bytes: &[u8]) -> Result<Box<dyn AnyEvent>, DecodeError> {
        E::WIRE.decode(bytes).map(|event| Box::new(event) as Box<dyn AnyEvent>)
    }

    fn send_any(
        &'static self,
        event: Box<dyn AnyEvent>,
        metadata: EventsMetadata,
    ) -> Result<Responses, Box<dyn AnyEvent>> {
        downcast::<E>(event).map(|event| self.send_event_with_custom_metadata(event, metadata))
    }

    fn send_any_async(
        &'static self,
        event: Box<dyn AnyEvent>,
        metadata: EventsMetadata,
    ) -> Result<SendAny, Box<dyn AnyEvent>> {
        let event = downcast::<E>(event)?;
        Ok(Box::pin(self.send_event_async_with_custom_metadata(event, metadata)))
    }

    fn event_id(&self) -> TypeId {
        TypeId::of::<E>()
    }

    fn route(&'static self) -> Route {
        Route { signal: self, gate: &self.gate, plan: self.prepared(), connections: &self.connections }
    }

    fn prepare(&self, registry: &Registry, is_duplicate: bool) {
        let plan = self.plan.get_or_init(|| Plan::new(registry.receivers_of(TypeId::of::<E>())));
        let mut bits = 0;
        for (bit, applies) in
            [(DUPLICATE, is_duplicate), (SILENT, plan.receivers.is_empty()), (ASYNC, !plan.tasks.is_empty())]
        {
            bits |= if applies { bit } else { 0 };
        }
        self.gate.set(bits);
        self.gate.clear(UNPREPARED);
    }

    fn disconnect(&self, Disconnect(connected): Disconnect<'_>) {
        self.connections.remove(connected, &self.gate);
    }
}

/// The event as what it is, or back as it was if it is another.
fn downcast<E: Event>(event: Box<dyn AnyEvent>) -> Result<E, Box<dyn AnyEvent>> {
    if event.as_any().type_id() != TypeId::of::<E>() {
        return Err(event);
    }
    match event.into_any().downcast::<E>() {
        Ok(event) => Ok(*event),
        Err(_) => unreachable!("the type was compared above"),
    }
}

mod private {
    pub trait Sealed {}

    impl<E: crate::Event> Sealed for crate::Signal<E> {}
}

/// A signal in the registry.
#[doc(hidden)]
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
