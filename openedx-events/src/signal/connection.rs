//! Closures connected at run time: [`Connection`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwapOption, Guard};

use super::any::AnySignal;
use super::context::Context;
use super::dropped_guard::{self, DroppedConnections, Made};
use super::event::{AnyEvent, Event};
use super::gate::{CONNECTED, DROPPED, Gate};
use super::scope::ScopeHandle;
use crate::panics;
use crate::receiver::delivery::DeliveryPolicy;
use crate::receiver::{ReceiverInfo, ReceiverResult};
use crate::sync;

type Call = dyn Fn(&dyn AnyEvent, &Context<'_>) -> ReceiverResult + Send + Sync;

/// A connected closure of any event: a typed list would make [`Responses`](crate::Responses) generic.
pub(crate) struct Connected {
    pub(crate) info: ReceiverInfo,
    /// Later ones have greater numbers.
    pub(crate) number: u64,
    call: Box<Call>,
    made: Made,
    was_called: AtomicBool,
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
            number: next_number(),
            call: Box::new(call),
            made: Made::new(location),
            was_called: AtomicBool::new(false),
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
        Arc::new(Self {
            info: info(name, location),
            number: next_number(),
            call: Box::new(receiver),
            made: Made::new(location),
            was_called: AtomicBool::new(false),
            takes_from_bus: false,
        })
    }

    #[inline]
    pub(crate) fn call(&self, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult {
        // Read first: threads that send would contend for what they write.
        if !self.was_called.load(Ordering::Relaxed) {
            self.was_called.store(true, Ordering::Relaxed);
        }
        (self.call)(event, context)
    }

    /// Whether it is dropped in the statement that connected it, as far as can be known.
    fn is_dropped_at_once(&self) -> bool {
        !self.was_called.load(Ordering::Relaxed) && self.made.is_at_once()
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What a closure owns is the user's, and whoever drops the last list drops it, such as a sender.
impl Drop for Connected {
    fn drop(&mut self) {
        // What takes its place has no size, so that nothing is allocated.
        let call = std::mem::replace(&mut self.call, Box::new(|_, _| Ok(())));
        if let Err(message) = panics::catch(|| drop(call)) {
            let receiver = &self.info;
            tracing::error!(%receiver, panic = &*message, "a connected closure panicked when it was dropped");
        }
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
    /// What sends read. The first send after a change makes it anew: connecting many, or dropping them, copies no list for each.
    list: ArcSwapOption<Vec<Arc<Connected>>>,
    /// Held while the gate changes, so that its bits agree.
    all: Mutex<All>,
}

struct All {
    /// By their numbers.
    connected: BTreeMap<u64, Arc<Connected>>,
    dropped: DroppedConnections,
}

impl All {
    /// Forgets what was dropped at once where there is a connection now.
    fn forget_reconnected(&mut self) {
        let connected = &self.connected;
        self.dropped.retain_without(|place| connected.values().any(|each| each.info.location == place));
    }
}

impl Connections {
    pub(crate) const fn new() -> Self {
        Self {
            list: ArcSwapOption::const_empty(),
            all: Mutex::new(All { connected: BTreeMap::new(), dropped: DroppedConnections::new() }),
        }
    }

    /// The closures, in the order in which they were connected.
    pub(crate) fn load(&self, gate: &Gate) -> ConnectedList {
        let list = self.list.load();
        if list.is_some() || gate.bits() & CONNECTED == 0 { list } else { self.renew() }
    }

    #[cold]
    fn renew(&self) -> ConnectedList {
        let all = sync::lock(&self.all);
        let list = (!all.connected.is_empty()).then(|| Arc::new(all.connected.values().cloned().collect()));
        self.list.store(list.clone());
        Guard::from_inner(list)
    }

    pub(crate) fn add(&self, connected: &Arc<Connected>, gate: &Gate) {
        let mut all = sync::lock(&self.all);
        all.connected.insert(connected.number, Arc::clone(connected));
        self.list.store(None);
        gate.set(CONNECTED);
    }

    /// A send in flight keeps the list that it has.
    pub(crate) fn remove(&self, connected: &Connected, gate: &Gate) {
        self.remove_from(&mut sync::lock(&self.all), connected, gate);
    }

    /// Removes a closure whose connection was dropped at once. The next send looks whether it was meant to be called.
    fn remove_dropped(&self, connected: &Connected, gate: &Gate) {
        let mut all = sync::lock(&self.all);
        self.remove_from(&mut all, connected, gate);
        all.dropped.add(connected.info.path.clone(), connected.info.location);
        gate.set(DROPPED);
    }

    fn remove_from(&self, all: &mut All, connected: &Connected, gate: &Gate) {
        all.connected.remove(&connected.number);
        self.list.store(None);
        if all.connected.is_empty() {
            gate.clear(CONNECTED);
        }
    }

    /// Logs the connections that were dropped at once, when an event is sent.
    #[cold]
    pub(crate) fn log_dropped(&self, event_type: &'static str, gate: &Gate) {
        let unlogged = {
            let mut all = sync::lock(&self.all);
            gate.clear(DROPPED);
            all.forget_reconnected();
            all.dropped.take_unlogged()
        };
        dropped_guard::log(event_type, &unlogged);
    }

    /// The connections that were dropped at once.
    pub(crate) fn dropped_connections(&self) -> DroppedConnections {
        let mut all = sync::lock(&self.all);
        all.forget_reconnected();
        all.dropped.clone()
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
    #[doc(alias("unsubscribe", "off", "close", "cancel", "unregister", "remove", "detach", "stop"))]
    pub fn disconnect(mut self) {
        self.end(End::Asked);
    }

    /// Keeps the closure connected for the rest of the program's life, or that of the test scope it was connected in.
    #[doc(alias("forget", "leak", "persist", "permanent", "retain", "keep_alive", "forever", "hold"))]
    pub fn keep(mut self) {
        self.connected = None;
    }

    fn end(&mut self, end: End) {
        let Some(connected) = self.connected.take() else { return };
        let end = if connected.is_dropped_at_once() { end } else { End::Asked };
        match &self.scope {
            Some(scope) => scope.disconnect(self.signal.event_id(), &connected, end),
            None => self.signal.disconnect(Disconnect { connected: &connected, end }),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.end(End::AtOnce);
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// As the program wants it.
    Asked,
    /// Dropped in the statement that made it, as far as can be known.
    AtOnce,
}

/// A closure to be removed from its signal. Opaque, so that the trait method that takes it names no private type.
#[derive(Debug)]
pub struct Disconnect<'a> {
    connected: &'a Arc<Connected>,
    end: End,
}

impl Disconnect<'_> {
    pub(crate) fn from(self, connections: &Connections, gate: &Gate) {
        match self.end {
            End::Asked => connections.remove(self.connected, gate),
            End::AtOnce => connections.remove_dropped(self.connected, gate),
        }
    }
}
