//! Closures connected at run time: [`Connection`].

use std::borrow::Cow;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwapOption, Guard};

use super::any::AnySignal;
use super::context::Context;
use super::event::{AnyEvent, Event};
use super::gate::{CONNECTED, Gate};
use super::scope::ScopeHandle;
use crate::receiver::delivery::DeliveryPolicy;
use crate::receiver::{ReceiverInfo, ReceiverResult};
use crate::sync;

type Call = dyn Fn(&dyn AnyEvent, &Context<'_>) -> ReceiverResult + Send + Sync;

/// A connected closure of any event: a typed list would make [`Responses`](crate::Responses) generic.
pub(crate) struct Connected {
    pub(crate) info: ReceiverInfo,
    call: Box<Call>,
    /// Whether it does anything with events that come from the event bus.
    #[cfg(feature = "bus")]
    pub(crate) takes_from_bus: bool,
}

impl Connected {
    pub(crate) fn new<E: Event>(
        name: Cow<'static, str>,
        location: &'static Location<'static>,
        receiver: impl Fn(&E, &Context<'_>) -> ReceiverResult + Send + Sync + 'static,
    ) -> Arc<Self> {
        let call = move |event: &dyn AnyEvent, context: &Context<'_>| match event.as_any().downcast_ref::<E>()
        {
            Some(event) => receiver(event, context),
            None => Err("connected to a signal of another event".into()),
        };
        Arc::new(Self {
            info: info(name, location),
            call: Box::new(call),
            #[cfg(feature = "bus")]
            takes_from_bus: true,
        })
    }

    /// A closure that passes the event of any signal on to the event bus, and does nothing with those that come from there.
    #[cfg(feature = "bus")]
    pub(crate) fn to_bus(
        name: Cow<'static, str>,
        location: &'static Location<'static>,
        receiver: impl Fn(&dyn AnyEvent, &Context<'_>) -> ReceiverResult + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { info: info(name, location), call: Box::new(receiver), takes_from_bus: false })
    }

    #[inline]
    pub(crate) fn call(&self, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult {
        (self.call)(event, context)
    }
}

fn info(name: Cow<'static, str>, location: &'static Location<'static>) -> ReceiverInfo {
    ReceiverInfo { path: name, location, priority: 0, is_async: false, delivery: DeliveryPolicy::new() }
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.info.fmt(f)
    }
}

/// A list of connected closures, held without a reference count that threads would contend for.
pub(crate) type ConnectedList = Guard<Option<Arc<Vec<Arc<Connected>>>>>;

/// The closures that are connected to one signal. Not generic, so that its code is compiled once.
pub(crate) struct Connections {
    list: ArcSwapOption<Vec<Arc<Connected>>>,
    /// Held while the list changes, so that the bit of the gate agrees with it.
    changing: Mutex<()>,
}

impl Connections {
    pub(crate) const fn new() -> Self {
        Self { list: ArcSwapOption::const_empty(), changing: Mutex::new(()) }
    }

    pub(crate) fn load(&self) -> ConnectedList {
        self.list.load()
    }

    pub(crate) fn add(&self, connected: &Arc<Connected>, gate: &Gate) {
        self.change(gate, |list| list.push(Arc::clone(connected)));
    }

    pub(crate) fn remove(&self, connected: &Arc<Connected>, gate: &Gate) {
        self.change(gate, |list| list.retain(|each| !Arc::ptr_eq(each, connected)));
    }

    /// Changes a copy of the list and swaps it in: a send in flight keeps the list it has.
    fn change(&self, gate: &Gate, change: impl FnOnce(&mut Vec<Arc<Connected>>)) {
        let _changing = sync::lock(&self.changing);
        let mut list = self.list.load().as_deref().cloned().unwrap_or_default();
        change(&mut list);
        if list.is_empty() {
            self.list.store(None);
            gate.clear(CONNECTED);
        } else {
            self.list.store(Some(Arc::new(list)));
            gate.set(CONNECTED);
        }
    }
}

/// Keeps a closure connected to a signal; dropping it disconnects.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use openedx_events::signal;
///
/// /// A bell was rung.
/// #[signal("org.example.house.bell.rung.v1")]
/// pub struct BellRung {
///     pub times: i64,
/// }
///
/// let heard = Arc::new(AtomicUsize::new(0));
/// let counter = Arc::clone(&heard);
/// let connection = BELL_RUNG.connect("butler", move |event, _| {
///     counter.fetch_add(usize::try_from(event.times)?, Ordering::Relaxed);
///     Ok(())
/// });
///
/// BELL_RUNG.send_event(BellRung { times: 2 });
/// connection.disconnect();
/// BELL_RUNG.send_event(BellRung { times: 2 });
/// assert_eq!(heard.load(Ordering::Relaxed), 2);
/// ```
#[must_use = "the closure is disconnected when this is dropped; call `keep()` to keep it connected"]
#[derive(Debug)]
pub struct Connection {
    /// `None` once it is disconnected or kept.
    connected: Option<Arc<Connected>>,
    signal: &'static dyn AnySignal,
    scope: Option<ScopeHandle>,
}

impl Connection {
    pub(crate) fn new(
        connected: Arc<Connected>,
        signal: &'static dyn AnySignal,
        scope: Option<ScopeHandle>,
    ) -> Self {
        Self { connected: Some(connected), signal, scope }
    }

    /// Disconnects the closure. Sends that start afterwards do not call it; a send in flight on another thread may still
    /// do so.
    pub fn disconnect(self) {
        drop(self);
    }

    /// Keeps the closure connected for the rest of the program's life, or that of the test scope it was connected in.
    pub fn keep(mut self) {
        self.connected = None;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(connected) = self.connected.take() else { return };
        match &self.scope {
            Some(scope) => scope.disconnect(&connected),
            None => self.signal.disconnect(Disconnect(&connected)),
        }
    }
}

/// A closure to be removed from its signal. Opaque, so that the trait method that takes it names no private type.
#[derive(Debug)]
pub struct Disconnect<'a>(pub(crate) &'a Arc<Connected>);
