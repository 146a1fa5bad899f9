//! What a receiver is told beside the event: [`Context`].

use super::dispatch::waits::Waits;
use super::scope::ScopeHandle;
use super::typed::AnySignal;
use crate::metadata::EventsMetadata;
use crate::receiver::state::{MissingState, State, StateRef, StateSlot};

/// What a receiver is told beside the event.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub(crate) metadata: &'a EventsMetadata,
    pub(crate) signal: &'static dyn AnySignal,
    pub(crate) from_event_bus: bool,
    pub(crate) scope: Option<&'a ScopeHandle>,
    /// Where sync receivers leave what they have begun, if the sending waits for it.
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

    /// Whether the event came from the bus; such an event is never produced to it again.
    pub fn from_event_bus(&self) -> bool {
        self.from_event_bus
    }

    /// The value of `T` that [`provide`](crate::provide) was given, or the test scope's own.
    ///
    /// # Errors
    ///
    /// None was provided.
    pub(crate) fn state<T: State>(&self, slot: &StateSlot) -> Result<StateRef<T>, MissingState> {
        match self.scope {
            Some(scope) => scope.state(),
            None => slot.get(),
        }
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("metadata", &self.metadata)
            .field("signal", &self.signal.event_type())
            .field("from_event_bus", &self.from_event_bus)
            .finish_non_exhaustive()
    }
}
