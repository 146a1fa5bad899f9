//! Signals whose event type is known at run time only: [`AnySignal`].

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::connection::Disconnect;
use super::dispatch::route::Route;
use super::event;
use super::event::{AnyEvent, Event};
use super::gate::{ASYNC, DISABLED, DUPLICATE, REPLACED, SILENT, UNPREPARED};
use super::info::EventInfo;
use super::registry::registration::Registration;
use super::responses::Responses;
use super::scope;
use super::typed::Signal;
use crate::avro::{DecodeError, Schema, SchemaError, Wire};
use crate::data::{JsonError, Record};
use crate::metadata::EventsMetadata;
use crate::receiver::ReceiverInfo;

/// The future of [`AnySignal::send_any_async`].
pub type SendFuture = Pin<Box<dyn Future<Output = Responses> + Send>>;

/// A signal whose event type is known at run time only.
///
/// Implemented by [`Signal`] only. [`all_events`](crate::all_events) lists the signals of the program, and
/// [`get_signal_by_type`](crate::get_signal_by_type) finds one.
///
/// # Examples
///
/// ```
/// use openedx_events::{AnySignal, get_signal_by_type, signal};
///
/// /// Sent when the weather changed.
/// #[signal("org.example.weather.report.changed.v1")]
/// pub struct ReportChanged {
///     pub celsius: i64,
/// }
///
/// let signal: &dyn AnySignal = get_signal_by_type("org.example.weather.report.changed.v1")?;
/// assert_eq!(signal.info().signal_name, "REPORT_CHANGED");
///
/// // Read an event of a type that is known at run time only, and send it.
/// let event = signal.read_json(r#"{"celsius": -3}"#)?;
/// let metadata = REPORT_CHANGED.generate_metadata();
/// let signal = get_signal_by_type(event.info().event_type)?;
/// let responses = signal.send_any(event, metadata).expect("the event is of this signal");
/// assert!(responses.is_ok());
///
/// signal.disable();
/// assert!(!REPORT_CHANGED.is_enabled());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait AnySignal: Send + Sync + fmt::Debug + private::Sealed {
    /// The event type, such as `org.openedx.learning.course.enrollment.created.v1`.
    fn event_type(&self) -> &'static str {
        self.info().event_type
    }

    /// What the declaration says of the event.
    fn info(&self) -> &'static EventInfo;

    /// The event's fields.
    fn record(&self) -> &'static Record;

    /// Lets events through again. Inside a [test scope](crate::testing) it affects this scope only.
    fn enable(&self);

    /// Stops events from reaching any receiver; the responses then say [`Undelivered::Disabled`]. Inside a
    /// [test scope](crate::testing) it affects this scope only.
    ///
    /// [`Undelivered::Disabled`]: crate::Undelivered::Disabled
    fn disable(&self);

    /// Whether events are let through.
    fn is_enabled(&self) -> bool;

    /// The registered receivers that are on, in the order in which they run: sync ones, then async ones. From the first call on,
    /// which are on is [final](crate::Wiring::apply).
    fn receivers(&self) -> &'static [&'static ReceiverInfo];

    /// Reads the data of an event from JSON.
    ///
    /// # Errors
    ///
    /// The text is not the data of this event. The error has the path of the member.
    fn read_json(&self, data: &str) -> Result<Box<dyn AnyEvent>, JsonError>;

    /// The Avro schema of the event. The first call makes it.
    ///
    /// # Errors
    ///
    /// The event cannot go on the event bus: it is declared `in_process`, or its fields have no schema, which
    /// [`check`](fn@crate::check) reports as well.
    fn schema(&self) -> Result<&Schema, &SchemaError>;

    /// Decodes an event from Avro by its own schema. No bytes may follow it.
    ///
    /// # Errors
    ///
    /// The bytes are not such an event. The error has the path of the field and the offset.
    fn decode(&self, bytes: &[u8]) -> Result<Box<dyn AnyEvent>, DecodeError>;

    /// Sends an event that came from the event bus; see [`Signal::send_event_with_custom_metadata`].
    ///
    /// # Errors
    ///
    /// Returns the event if it belongs to another signal.
    fn send_any(
        &'static self,
        event: Box<dyn AnyEvent>,
        metadata: EventsMetadata,
    ) -> Result<Responses, Box<dyn AnyEvent>>;

    /// [`send_any`](Self::send_any), but the future waits for async receivers; see [`Signal::send_event_async`].
    ///
    /// # Errors
    ///
    /// Returns the event if it belongs to another signal.
    fn send_any_async(
        &'static self,
        event: Box<dyn AnyEvent>,
        metadata: EventsMetadata,
    ) -> Result<SendFuture, Box<dyn AnyEvent>>;

    #[doc(hidden)]
    fn event_id(&self) -> TypeId;
    #[doc(hidden)]
    fn route(&'static self) -> Route;
    #[doc(hidden)]
    fn prepare(&self, receivers: &[&'static Registration], is_duplicate: bool);
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
        if let Some(schema) = self.schema.get() {
            return schema.as_ref().as_ref();
        }
        // Made outside of the cell: the defaults of fields are the users' code, and may ask for the schema too.
        let schema = match E::WIRE {
            Wire::Avro { .. } => Schema::new(E::INFO.event_type, E::RECORD),
            Wire::InProcess(reason) => Err(SchemaError::InProcess { reason }),
        };
        self.schema.get_or_init(|| Box::new(schema)).as_ref().as_ref()
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
    ) -> Result<SendFuture, Box<dyn AnyEvent>> {
        let event = downcast::<E>(event)?;
        Ok(Box::pin(async move { self.event(event).metadata(&metadata).from_event_bus().send_async().await }))
    }

    fn event_id(&self) -> TypeId {
        TypeId::of::<E>()
    }

    fn route(&'static self) -> Route {
        Route { signal: self, gate: &self.gate, plan: self.prepared(), connections: &self.connections }
    }

    fn prepare(&self, receivers: &[&'static Registration], is_duplicate: bool) {
        let is_replaced = self.plans.update(receivers);
        let plan = self.plans.current();
        let (is_silent, is_async) = (plan.receivers.is_empty(), !plan.tasks.is_empty());
        let bits =
            [(DUPLICATE, is_duplicate), (SILENT, is_silent), (ASYNC, is_async), (REPLACED, is_replaced)];
        let set = bits.into_iter().filter(|(_, applies)| *applies).fold(0, |bits, (bit, _)| bits | bit);
        self.gate.set(set);
        // Receivers and signals only come.
        self.gate.clear(UNPREPARED | if is_silent { 0 } else { SILENT });
    }

    fn disconnect(&self, disconnect: Disconnect<'_>) {
        disconnect.from(&self.connections, &self.gate);
    }
}

/// The event as its own type, or unchanged if it is of another type.
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
