//! The contents of a scope, shared by everything inside it: [`ScopeHandle`].

use std::any::{Any, TypeId, type_name};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard};

use arc_swap::Guard;

use super::frame::Alive;
use crate::chain::Chain;
use crate::metadata::EventsMetadata;
use crate::receiver::ReceiverInfo;
use crate::receiver::state::{self, MissingState, Origin, ProvideError, StateRef};
use crate::signal::connection::{Connected, ConnectedList, End};
use crate::signal::dispatch::payload::SharedEvent;
use crate::signal::dispatch::tracker::Tracker;
use crate::signal::dropped_guard::{self, DroppedConnections};
use crate::signal::event::AnyEvent;
use crate::signal::responses::Responses;
use crate::signal::undelivered::Undelivered;
use crate::sync;

/// A scope, for the code inside it.
#[derive(Clone, Debug)]
pub(crate) struct ScopeHandle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The paths of the chosen receivers; `None` for all.
    receivers: Option<BTreeSet<String>>,
    contents: Mutex<Contents>,
    /// The receivers that were spawned inside.
    spawned: Tracker,
    _alive: Alive,
}

#[derive(Default)]
struct Extensions(HashMap<TypeId, Box<dyn Any + Send>>);

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.len().fmt(f)
    }
}

#[derive(Debug, Default)]
struct Contents {
    /// The chosen signals, and whether each is enabled.
    signals: HashMap<TypeId, bool>,
    /// By their numbers, which is their order.
    connections: BTreeMap<u64, (TypeId, Arc<Connected>)>,
    /// By signal, the connections that were dropped at once.
    dropped: HashMap<TypeId, DroppedConnections>,
    states: HashMap<TypeId, (Arc<dyn Any + Send + Sync>, Origin)>,
    sent: Vec<(SharedEvent, EventsMetadata)>,
    failures: Vec<String>,
    /// What other kinds of hooks keep in the scope, by its type.
    extensions: Extensions,
}

impl Contents {
    /// The connections of a signal that were dropped at once, without those of places where there is one now.
    fn dropped_connections(&mut self, signal: TypeId) -> Option<&mut DroppedConnections> {
        let connected = &self.connections;
        let list = self.dropped.get_mut(&signal)?;
        list.retain_without(|place| connected.values().any(|(_, each)| each.info.location == place));
        Some(list)
    }
}

impl ScopeHandle {
    pub(crate) fn new(signals: impl Iterator<Item = TypeId>, receivers: Option<BTreeSet<String>>) -> Self {
        let contents =
            Contents { signals: signals.map(|signal| (signal, true)).collect(), ..Contents::default() };
        Self(Arc::new(Inner {
            receivers,
            contents: Mutex::new(contents),
            spawned: Tracker::default(),
            _alive: Alive::new(),
        }))
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        sync::lock(&self.0.contents)
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Why a signal reaches no receiver in this scope, if so.
    pub(crate) fn refusal(&self, signal: TypeId) -> Option<Undelivered> {
        match self.contents().signals.get(&signal) {
            Some(true) => None,
            Some(false) => Some(Undelivered::Disabled),
            None => Some(Undelivered::NotInScope),
        }
    }

    /// Enabling a signal adds it to the scope.
    pub(crate) fn set_enabled(&self, signal: TypeId, enabled: bool) {
        self.contents().signals.insert(signal, enabled);
    }

    pub(crate) fn has_receiver(&self, receiver: &ReceiverInfo) -> bool {
        self.0.receivers.as_ref().is_none_or(|chosen| chosen.contains(&*receiver.path))
    }

    pub(crate) fn connect(&self, signal: TypeId, connected: Arc<Connected>) {
        self.contents().connections.insert(connected.number, (signal, connected));
    }

    pub(crate) fn disconnect(&self, signal: TypeId, connected: &Connected, end: End) {
        let mut contents = self.contents();
        contents.connections.remove(&connected.number);
        if let End::AtOnce = end {
            let dropped = contents.dropped.entry(signal).or_default();
            dropped.add(connected.info.path.clone(), connected.info.location);
        }
    }

    /// Logs the connections of a signal that were dropped at once, when an event is sent.
    pub(crate) fn log_dropped(&self, event_type: &'static str, signal: TypeId) {
        let unlogged = self
            .contents()
            .dropped_connections(signal)
            .map(DroppedConnections::take_unlogged)
            .unwrap_or_default();
        dropped_guard::log(event_type, &unlogged);
    }

    /// The connections of a signal that were dropped at once.
    pub(crate) fn dropped_connections(&self, signal: TypeId) -> DroppedConnections {
        self.contents().dropped_connections(signal).cloned().unwrap_or_default()
    }

    /// Whether nothing was done in the scope.
    pub(crate) fn is_untouched(&self) -> bool {
        let contents = self.contents();
        contents.sent.is_empty()
            && contents.extensions.0.is_empty()
            && contents.states.is_empty()
            && contents.connections.is_empty()
            && contents.dropped.is_empty()
            && contents.failures.is_empty()
    }

    /// The number of events that were sent inside the scope.
    pub(crate) fn sent_count(&self) -> usize {
        self.contents().sent.len()
    }

    pub(crate) fn connected(&self, signal: TypeId) -> ConnectedList {
        let contents = self.contents();
        let of_signal = contents.connections.values().filter(|(each, _)| *each == signal);
        let list: Vec<_> = of_signal.map(|(_, connected)| Arc::clone(connected)).collect();
        Guard::from_inner((!list.is_empty()).then(|| Arc::new(list)))
    }

    pub(crate) fn provide<T: Send + Sync + 'static>(
        &self,
        value: T,
        here: &'static Location<'static>,
    ) -> Result<(), ProvideError> {
        match self.contents().states.entry(TypeId::of::<T>()) {
            Entry::Occupied(before) => Err(ProvideError { before: before.get().1 }),
            Entry::Vacant(slot) => {
                slot.insert((Arc::new(value), Origin::new::<T>(here)));
                Ok(())
            }
        }
    }

    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Result<StateRef<T>, MissingState> {
        let value = self.contents().states.get(&TypeId::of::<T>()).map(|(value, _)| Arc::clone(value));
        value
            .and_then(|value| value.downcast().ok())
            .map(StateRef::Scope)
            .ok_or_else(|| MissingState::new(type_name::<T>(), &self.origins(), &state::origins()))
    }

    pub(crate) fn has_state(&self, type_id: TypeId) -> bool {
        self.contents().states.contains_key(&type_id)
    }

    /// What was provided inside the scope.
    pub(crate) fn origins(&self) -> Vec<Origin> {
        self.contents().states.values().map(|(_, origin)| *origin).collect()
    }

    pub(crate) fn record(&self, event: SharedEvent, metadata: EventsMetadata) {
        self.contents().sent.push((event, metadata));
    }

    pub(crate) fn sent(&self) -> Vec<(Arc<dyn AnyEvent>, EventsMetadata)> {
        self.contents().sent.iter().map(|(event, metadata)| (event.to_arc(), metadata.clone())).collect()
    }

    pub(crate) fn keep_failures(&self, responses: &Responses) {
        if responses.reason() == Some(Undelivered::TooDeep) {
            let refusal = responses.to_string();
            self.contents().failures.push(refusal);
        }
        for (receiver, error) in responses.errors() {
            self.keep_failure(responses.event_type(), receiver, Chain(error));
        }
    }

    pub(crate) fn keep_failure(
        &self,
        event_type: &'static str,
        receiver: &dyn fmt::Display,
        what: impl fmt::Display,
    ) {
        let failure = format!("{event_type}: {receiver}: {what}");
        self.contents().failures.push(failure);
    }

    /// What another kind of hook keeps in the scope. It is made at the first call.
    #[cfg(feature = "filters")]
    pub(crate) fn extension<X: Default + Send + 'static, T>(
        &self,
        with: impl FnOnce(&mut X) -> T,
    ) -> Option<T> {
        let mut contents = self.contents();
        let extension = contents.extensions.0.entry(TypeId::of::<X>()).or_insert_with(|| Box::<X>::default());
        extension.downcast_mut().map(with)
    }

    /// The receivers that were spawned inside the scope.
    pub(crate) fn spawned(&self) -> &Tracker {
        &self.0.spawned
    }

    pub(crate) fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.contents().failures)
    }
}
