//! The event of a send, whose clone and drop are the user's code: [`Payload`], [`Slot`] and [`SharedEvent`].

use std::mem::needs_drop;
use std::ops::Deref;
use std::sync::Arc;

use super::nesting::{self, Nested};
use crate::panics;
use crate::signal::event::AnyEvent;

/// An event to send: owned, or borrowed and cloned only if somebody must keep it.
pub(crate) trait Payload<E> {
    fn event(&self) -> &E;
    fn into_shared(self) -> Arc<E>;
}

impl<E> Payload<E> for E {
    #[inline]
    fn event(&self) -> &E {
        self
    }

    fn into_shared(self) -> Arc<E> {
        Arc::new(self)
    }
}

impl<E: Clone> Payload<E> for &E {
    #[inline]
    fn event(&self) -> &E {
        self
    }

    fn into_shared(self) -> Arc<E> {
        Arc::new(self.clone())
    }
}

/// The event of a send until somebody keeps it, or it is dropped. In one place: an event may be large.
pub(crate) struct Slot<P>(Option<P>);

impl<P> Slot<P> {
    #[inline]
    pub(crate) fn new(payload: P) -> Self {
        Self(Some(payload))
    }

    #[inline]
    pub(super) fn get(&self) -> &P {
        match &self.0 {
            Some(payload) => payload,
            None => unreachable!("it is taken at the end of a send"),
        }
    }

    pub(super) fn take(&mut self) -> P {
        match self.0.take() {
            Some(payload) => payload,
            None => unreachable!("it is taken once"),
        }
    }

    /// Drops the event, if nobody keeps it. A panic is logged and does not reach the sender.
    #[inline]
    pub(super) fn discard(&mut self, event_type: &'static str) {
        if !needs_drop::<P>() {
            return;
        }
        // What an event owns may send when it is dropped.
        let _nested = Nested::new();
        if nesting::is_refused() {
            self.forget(event_type);
        } else if let Err(message) = panics::catch(|| self.0 = None) {
            log_panic(event_type, &message);
        }
    }

    /// Does not drop an event that sends when it is dropped, in a circle.
    #[cold]
    fn forget(&mut self, event_type: &'static str) {
        if nesting::is_far_beyond() {
            std::mem::forget(self.0.take());
            nesting::log_refusal(|| {
                tracing::error!(event_type, "event not dropped: events that are dropped send in a circle");
            });
        } else if let Err(message) = panics::catch(|| self.0 = None) {
            log_panic(event_type, &message);
        }
    }
}

#[cold]
fn log_panic(event_type: &'static str, message: &str) {
    tracing::error!(event_type, panic = message, "an event panicked when it was dropped");
}

/// An event that a scope, a spawned receiver or an awaited send keeps.
#[derive(Clone, Debug)]
pub(crate) struct SharedEvent {
    /// `None` once it is being dropped.
    event: Option<Arc<dyn AnyEvent>>,
    event_type: &'static str,
}

impl SharedEvent {
    pub(crate) fn new(event: Arc<dyn AnyEvent>) -> Self {
        Self { event_type: event.info().event_type, event: Some(event) }
    }

    pub(crate) fn to_arc(&self) -> Arc<dyn AnyEvent> {
        match &self.event {
            Some(event) => Arc::clone(event),
            None => unreachable!("only while it is dropped"),
        }
    }
}

impl Deref for SharedEvent {
    type Target = dyn AnyEvent;

    fn deref(&self) -> &Self::Target {
        match &self.event {
            Some(event) => &**event,
            None => unreachable!("only while it is dropped"),
        }
    }
}

impl Drop for SharedEvent {
    fn drop(&mut self) {
        Slot(self.event.take()).discard(self.event_type);
    }
}
