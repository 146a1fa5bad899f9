//! All signals and receivers of the program, sorted: [`Registry`].

pub(crate) mod declared;
mod latest;
pub(crate) mod order;
pub(crate) mod pattern;
mod prepared;
pub(crate) mod registration;
mod summary;
pub(crate) mod wiring;

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwapOption;

use self::declared::Declared;
use self::latest::Latest;
use self::registration::{Declaration, HiddenModule, Registration, Target};
use super::any::AnySignal;
use crate::chain::debug_like_display;
#[cfg(feature = "cli")]
use crate::receiver::ReceiverInfo;
use crate::suggest::nearest;
use crate::sync;

pub(crate) use latest::is_complete;
pub(crate) use prepared::{is_on, prepare};
pub use summary::{CrateSummary, RegistrySummary, registry_summary};

/// All signals and receivers, sorted, as `inventory` promises no order. Built at the first use of any signal, and again when a library
/// was loaded since that has more, or when that first use was in a constructor, before others had registered theirs.
pub(crate) struct Registry {
    /// By event type, then by location.
    signals: Vec<&'static dyn AnySignal>,
    /// In the order in which they run.
    receivers: Vec<&'static Registration>,
    /// The receivers of each event, as indices in `receivers`; in order.
    by_event: HashMap<TypeId, Vec<usize>>,
    /// The indices in `receivers` of those that listen to every event.
    any: Vec<usize>,
    /// The event types that several signals have, and where these are declared.
    duplicates: BTreeMap<&'static str, String>,
    /// What was registered last when it was built.
    latest: Latest,
    /// How many there were before.
    number: usize,
}

/// The registry. The first call builds it; so does one after more was registered.
pub(crate) fn get() -> &'static Registry {
    /// A registry that is replaced may still be in use, and is kept: that is as rare as a library that is loaded.
    static REGISTRY: ArcSwapOption<&'static Registry> = ArcSwapOption::const_empty();
    static BUILDING: Mutex<()> = Mutex::new(());
    let current = |latest| REGISTRY.load().as_deref().copied().filter(|registry| registry.latest == latest);
    if let Some(registry) = current(Latest::now()) {
        return registry;
    }
    let building = sync::lock(&BUILDING);
    let latest = Latest::now();
    if let Some(registry) = current(latest) {
        return registry;
    }
    let before = REGISTRY.load().as_deref().copied();
    let number = before.map_or(0, |before| before.number + 1);
    let registry: &'static Registry = Box::leak(Box::new(Registry::collect(latest, number)));
    REGISTRY.store(Some(Arc::new(registry)));
    // The log is foreign code: it may send events.
    drop(building);
    registry.log(before);
    registry
}
impl Registry {
    /// Collects what is registered, as far as this was seen of it.
    fn collect(latest: Latest, number: usize) -> Self {
        let hidden: Vec<_> = inventory::iter::<HiddenModule>
            .into_iter()
            .filter(|hidden| (hidden.is_hidden)())
            .map(|hidden| hidden.module)
            .collect();
        let mut signals: Vec<_> = inventory::iter::<Declaration>
            .into_iter()
            .map(|declared| declared.signal)
            .filter(|signal| !hidden.contains(&signal.info().module))
            .collect();
        declared::sort(&mut signals);
        let mut receivers: Vec<_> = inventory::iter::<Registration>.into_iter().collect();
        receivers.sort_by_key(|registration| registration.order());
        let mut by_event: HashMap<TypeId, Vec<usize>> = HashMap::new();
        let mut any = Vec::new();
        for (index, registration) in receivers.iter().enumerate() {
            match &registration.target {
                Target::One { event, .. } => by_event.entry(event()).or_default().push(index),
                Target::Any(_) => any.push(index),
            }
        }
        let duplicates = declared::duplicates(&signals);
        Self { signals, receivers, by_event, any, duplicates, latest, number }
    }

    /// The receivers of an event, on or off, in the order in which they run.
    pub(crate) fn receivers_of(&self, event: TypeId) -> impl Iterator<Item = &'static Registration> {
        let own = self.by_event.get(&event).map_or(&[][..], Vec::as_slice);
        let mut indices: Vec<_> = own.iter().chain(&self.any).copied().collect();
        indices.sort_unstable();
        indices.into_iter().map(|index| self.receivers[index])
    }

    pub(crate) fn signals(&self) -> &[&'static dyn AnySignal] {
        &self.signals
    }

    pub(crate) fn receivers(&self) -> &[&'static Registration] {
        &self.receivers
    }

    /// The event types that several signals have, and where these are declared.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.duplicates.iter().map(|(event_type, places)| (*event_type, places.as_str()))
    }

    /// Where the signals of this event type are declared, if there are several.
    pub(crate) fn places_of_duplicate(&self, event_type: &str) -> Option<&str> {
        self.duplicates.get(event_type).map(String::as_str)
    }

    /// The signals of an event type.
    fn signals_of(&self, event_type: &str) -> &[&'static dyn AnySignal] {
        declared::of_type(&self.signals, event_type)
    }

    /// Logs what there is, with what has come since the registry `before`.
    fn log(&self, before: Option<&Self>) {
        if let Some(before) = before {
            tracing::warn!(
                events = self.signals.len().saturating_sub(before.signals.len()),
                receivers = self.receivers.len().saturating_sub(before.receivers.len()),
                "events or receivers were registered after the first use of a signal; what was sent before has not reached them"
            );
        }
        tracing::info!("{}", RegistrySummary::of(self));
        for (event_type, places) in self.duplicates() {
            tracing::error!(event_type, "several signals have this event type: {places}");
        }
        if before.is_none() && cfg!(panic = "abort") {
            tracing::warn!("built with panic = \"abort\": a panic of a receiver ends the program");
        }
    }
}

/// A receiver of an event that is off.
#[cfg(feature = "cli")]
#[derive(Debug)]
pub(crate) struct OffReceiver {
    pub(crate) info: &'static ReceiverInfo,
    /// The layers of the settings that say so; `None` if it is the code.
    pub(crate) place: Option<String>,
}

/// The receivers of a signal that are off, in their order.
#[cfg(feature = "cli")]
pub(crate) fn off_receivers(signal: &dyn AnySignal) -> Vec<OffReceiver> {
    let wiring = prepared::wiring();
    let off = get().receivers_of(signal.event_id()).filter(|each| !wiring.is_on(each, signal.event_type()));
    off.map(|each| OffReceiver {
        info: &each.info,
        place: wiring.place_of(&each.info.path).map(str::to_owned),
    })
    .collect()
}

/// The layers of the settings that name a receiver, which is on.
#[cfg(feature = "cli")]
pub(crate) fn place_of_receiver(path: &str) -> Option<String> {
    prepared::wiring().place_of(path).map(str::to_owned)
}

impl Declared for &'static dyn AnySignal {
    fn hook_type(&self) -> &'static str {
        self.event_type()
    }

    fn place(&self) -> (&'static str, &'static str, &'static Location<'static>) {
        let info = self.info();
        (info.module, info.signal_name, info.location)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        RegistrySummary::of(self).fmt(f)
    }
}

/// All signals of the program, sorted by event type. Signals of crates that the program does not name are missing: see
/// [`link!`](crate::link).
pub fn all_events() -> &'static [&'static dyn AnySignal] {
    get().signals()
}

/// Returns the signal of an event type.
///
/// # Errors
///
/// No signal has this type, and the error suggests similar ones; or several signals have it.
///
/// # Examples
///
/// ```
/// use openedx_events::signal;
///
/// /// Sent when a door was shut.
/// #[signal("org.example.house.door.shut.v1")]
/// pub struct DoorShut {
///     pub door: String,
/// }
///
/// let signal = openedx_events::get_signal_by_type("org.example.house.door.shut.v1")?;
/// assert_eq!(signal.info().signal_name, "DOOR_SHUT");
///
/// let error = openedx_events::get_signal_by_type("org.example.house.door.shot.v1").unwrap_err();
/// assert!(error.to_string().contains("did you mean `org.example.house.door.shut.v1`"));
/// # Ok::<(), openedx_events::UnknownSignal>(())
/// ```
pub fn get_signal_by_type(event_type: &str) -> Result<&'static dyn AnySignal, UnknownSignal> {
    match get().signals_of(event_type) {
        [signal] => Ok(*signal),
        signals => {
            Err(UnknownSignal { event_type: event_type.to_owned(), is_duplicate: !signals.is_empty() })
        }
    }
}

/// No signal has this event type, or several have it.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownSignal {
    event_type: String,
    is_duplicate: bool,
}

impl fmt::Display for UnknownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.event_type.escape_debug();
        if self.is_duplicate {
            let places = get().places_of_duplicate(&self.event_type).unwrap_or_default();
            return write!(f, "several signals have the type `{shown}`: {places}");
        }
        let names = all_events().iter().map(|signal| signal.event_type());
        write!(f, "no signal has the type `{shown}`{}", nearest(&self.event_type, names))?;
        if all_events().is_empty() {
            f.write_str("; the program has no signals: enable the feature of a subdomain or name your crates with `openedx_events::link!`")?;
        }
        Ok(())
    }
}

debug_like_display!(UnknownSignal);

impl std::error::Error for UnknownSignal {}
