//! What is known about an event besides its data: [`Context`].

use std::any::{TypeId, type_name};
use std::fmt;

use super::any::AnySignal;
use super::dispatch::waits::Waits;
use super::scope::ScopeHandle;
use crate::metadata::EventsMetadata;
use crate::receiver::state::{MissingState, StateRef, StateSlot};
use crate::trace_parent::TraceParent;

/// What is known about an event besides its data, for closures that [`Signal::connect`](crate::Signal::connect)
/// connects.
///
/// A [`receiver`](macro@crate::receiver) takes the parts that it needs as parameters: `metadata: &EventsMetadata`,
/// `from_event_bus: bool` and `signal: &Signal<…>`.
///
/// # Examples
///
/// ```
/// use openedx_events::{Context, signal};
///
/// /// Sent when a ship left the harbour.
/// #[signal("org.example.harbour.ship.departed.v1")]
/// pub struct ShipDeparted {
///     pub name: String,
/// }
///
/// let _connection = SHIP_DEPARTED.connect("log", |event, context: &Context<'_>| {
///     assert!(!context.from_event_bus());
///     println!("{} {}: {}", context.metadata().time(), context.signal().event_type(), event.name);
///     Ok(())
/// });
///
/// assert!(SHIP_DEPARTED.send_event("Beagle".to_owned()).is_ok());
/// ```
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub(crate) metadata: &'a EventsMetadata,
    pub(crate) signal: &'static dyn AnySignal,
    pub(crate) from_event_bus: bool,
    /// Where its sender was in a trace, if it came from the event bus with that.
    pub(crate) traceparent: Option<&'a TraceParent>,
    pub(crate) scope: Option<&'a ScopeHandle>,
    /// Where sync receivers leave the futures that an awaited send waits for.
    pub(crate) waits: Option<&'a Waits>,
}

impl<'a> Context<'a> {
    /// The metadata of this event.
    pub fn metadata(&self) -> &'a EventsMetadata {
        self.metadata
    }

    /// The signal that sent the event.
    pub fn signal(&self) -> &'static dyn AnySignal {
        self.signal
    }

    /// Whether the event came from the event bus. Such an event is never produced to the bus again.
    pub fn from_event_bus(&self) -> bool {
        self.from_event_bus
    }

    /// The span that the event was sent from in another process. `None` if the event did not come from the event bus,
    /// or its sender did not say: see `bus::set_traceparent_source`.
    pub fn traceparent(&self) -> Option<TraceParent> {
        self.traceparent.copied()
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("metadata", &self.metadata)
            .field("signal", &self.signal.event_type())
            .field("from_event_bus", &self.from_event_bus)
            .finish_non_exhaustive()
    }
}

/// What lends states: the context of a call.
pub trait Lender {
    /// The value that was passed to [`provide`](crate::provide), or that of the test scope.
    ///
    /// # Errors
    ///
    /// None was provided.
    fn state<T: Send + Sync + 'static>(&self, slot: &StateSlot) -> Result<StateRef<T>, MissingState>;
}

impl Lender for Context<'_> {
    #[inline]
    fn state<T: Send + Sync + 'static>(&self, slot: &StateSlot) -> Result<StateRef<T>, MissingState> {
        match self.scope {
            Some(scope) => scope.state(),
            None => slot.get(),
        }
    }
}

/// A type that can be a state. Generated code calls it by its name alone, so that rustc reports a type that cannot be
/// one only once.
pub trait State: Send + Sync + Sized + 'static {
    /// For [`check`](crate::check).
    const NEED: StateNeed = StateNeed { type_id: TypeId::of::<Self>, type_name: type_name::<Self> };

    /// The value for a receiver: the one that was passed to [`provide`](crate::provide), or that of the test scope.
    ///
    /// # Errors
    ///
    /// None was provided.
    fn find<L: Lender>(lender: &L, slot: &StateSlot) -> Result<StateRef<Self>, MissingState> {
        lender.state(slot)
    }
}

impl<T: Send + Sync + 'static> State for T {}

/// The type of a state that a receiver takes, for [`check`](crate::check).
#[derive(Clone, Copy, Debug)]
pub struct StateNeed {
    pub(crate) type_id: fn() -> TypeId,
    pub(crate) type_name: fn() -> &'static str,
}

impl StateNeed {
    /// Whether it is several times among the states that a function takes. The macros refuse that if it is spelled the same.
    /// Behind an alias it is not.
    pub(crate) fn is_repeated(&self, states: &[Self]) -> bool {
        states.iter().filter(|other| (other.type_id)() == (self.type_id)()).count() > 1
    }
}
