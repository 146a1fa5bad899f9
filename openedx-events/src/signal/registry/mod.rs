//! Everything that was declared and registered anywhere in the program, sorted: [`Registry`].

pub(crate) mod check;

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::OnceLock;

use super::typed::{AnySignal, Declaration};
use crate::receiver::{Registration, Target};
use crate::suggest::nearest;

static REGISTRY: OnceLock<Registry> = OnceLock::new();

/// All signals and receivers, sorted, as `inventory` promises no order. Built once, at the first use of any signal.
#[doc(hidden)]
pub struct Registry {
    /// By event type, then by place.
    signals: Vec<&'static dyn AnySignal>,
    /// In the order in which they run.
    receivers: Vec<&'static Registration>,
    /// Those of each event, as places in `receivers`; kept in order.
    by_event: HashMap<TypeId, Vec<usize>>,
    /// The places in `receivers` of those that listen to every event.
    any: Vec<usize>,
}

/// The registry. Builds it if nobody has, and lets every signal prepare itself by it.
pub(crate) fn get() -> &'static Registry {
    let mut is_new = false;
    let registry = REGISTRY.get_or_init(|| {
        is_new = true;
        let registry = Registry::collect();
        for group in registry.signals.chunk_by(|a, b| a.event_type() == b.event_type()) {
            for signal in group {
                signal.prepare(&registry, group.len() > 1);
            }
        }
        registry
    });
    if is_new {
        registry.log();
    }
    registry
}

impl Registry {
    fn collect() -> Self {
        let mut signals: Vec<_> = inventory::iter::<Declaration>
            .into_iter()
            .map(|declared| declared.signal)
            .filter(is_here)
            .collect();
        signals.sort_by_key(|signal| {
            let info = signal.info();
            (info.event_type, info.location.file(), info.location.line(), info.location.column())
        });
        let mut receivers: Vec<_> = inventory::iter::<Registration>.into_iter().collect();
        receivers.sort_by_key(|registration| registration.order());
        let mut by_event: HashMap<TypeId, Vec<usize>> = HashMap::new();
        let mut any = Vec::new();
        for (place, registration) in receivers.iter().enumerate() {
            match &registration.target {
                Target::One { event, .. } => by_event.entry(event()).or_default().push(place),
                Target::Any(_) => any.push(place),
            }
        }
        Self { signals, receivers, by_event, any }
    }

    /// The receivers of an event, in the order in which they run.
    pub(crate) fn receivers_of(&self, event: TypeId) -> impl Iterator<Item = &'static Registration> {
        let own = self.by_event.get(&event).map_or(&[][..], Vec::as_slice);
        let mut places: Vec<_> = own.iter().chain(&self.any).copied().collect();
        places.sort_unstable();
        places.into_iter().map(|place| self.receivers[place])
    }

    pub(crate) fn signals(&self) -> &[&'static dyn AnySignal] {
        &self.signals
    }

    pub(crate) fn receivers(&self) -> &[&'static Registration] {
        &self.receivers
    }

    /// The event types that several signals have, each with the signals.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = &[&'static dyn AnySignal]> {
        self.signals.chunk_by(|a, b| a.event_type() == b.event_type()).filter(|group| group.len() > 1)
    }

    /// The signals of a type, each with the place of its declaration.
    pub(crate) fn places(&self, event_type: &str) -> String {
        let places: Vec<_> = self
            .signals
            .iter()
            .filter(|signal| signal.event_type() == event_type)
            .map(|signal| {
                let info = signal.info();
                format!("{}::{} ({})", info.module, info.signal_name, info.location)
            })
            .collect();
        places.join(" and ")
    }

    fn log(&self) {
        tracing::info!("{}", Summary::of(self));
        for duplicates in self.duplicates() {
            let event_type = duplicates[0].event_type();
            tracing::error!(event_type, "several signals have this event type: {}", self.places(event_type));
        }
        if cfg!(panic = "abort") {
            tracing::warn!("built with panic = \"abort\": a panic of a receiver ends the program");
        }
    }
}

/// The event that backends of the bus are tested with is one of the programs that run these tests, and of no other that the
/// same build has turned them on for.
#[cfg(feature = "bus-suite")]
fn is_here(signal: &&'static dyn AnySignal) -> bool {
    crate::bus::suite::is_here() || signal.info().module != crate::bus::suite::MODULE_OF_THE_EVENT
}

#[cfg(not(feature = "bus-suite"))]
fn is_here(_: &&'static dyn AnySignal) -> bool {
    true
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Summary::of(self).fmt(f)
    }
}

/// All signals of the program, sorted by event type. Those of crates that the binary does not name are missing: see
/// [`link!`](crate::link).
pub fn all_events() -> &'static [&'static dyn AnySignal] {
    get().signals()
}

/// The signal of an event type.
///
/// # Errors
///
/// No signal has this type, with the names nearest to it; or several have it.
///
/// # Examples
///
/// ```
/// use openedx_events::signal;
///
/// /// A door was shut.
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
    let signals = all_events();
    let start = signals.partition_point(|signal| signal.event_type() < event_type);
    match signals[start..].iter().take_while(|signal| signal.event_type() == event_type).count() {
        1 => Ok(signals[start]),
        count => Err(UnknownSignal { event_type: event_type.to_owned(), is_duplicate: count > 1 }),
    }
}

/// No one signal has this event type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSignal {
    event_type: String,
    is_duplicate: bool,
}

impl fmt::Display for UnknownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.event_type.escape_debug();
        if self.is_duplicate {
            return write!(f, "several signals have the type `{shown}`: {}", get().places(&self.event_type));
        }
        let names = all_events().iter().map(|signal| signal.event_type());
        write!(f, "no signal has the type `{shown}`{}", nearest(&self.event_type, names))?;
        if all_events().is_empty() {
            f.write_str("; the program has no signals at all: enable a subdomain's feature or name the crates of yours with `openedx_events::link!`")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownSignal {}

/// What the program has: how many events and receivers, from which crates. Its text is what is logged at start-up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many signals are declared.
    pub events: usize,
    /// How many registrations there are; a function that listens to two signals counts twice.
    pub receivers: usize,
    /// The crates, sorted, each with its events and receivers.
    pub crates: BTreeMap<String, (usize, usize)>,
}

impl Summary {
    pub(crate) fn of(registry: &Registry) -> Self {
        let mut crates: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for signal in &registry.signals {
            crates.entry(signal.info().crate_name().to_owned()).or_default().0 += 1;
        }
        for registration in &registry.receivers {
            crates.entry(registration.info.crate_name().to_owned()).or_default().1 += 1;
        }
        Self { events: registry.signals.len(), receivers: registry.receivers.len(), crates }
    }

    /// The crates that have events or receivers.
    pub(crate) fn crate_names(&self) -> BTreeSet<&str> {
        self.crates.keys().map(String::as_str).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "openedx-events {}: {} event{}, {} receiver{}",
            env!("CARGO_PKG_VERSION"),
            self.events,
            plural(self.events),
            self.receivers,
            plural(self.receivers)
        )?;
        for (place, (name, (events, receivers))) in self.crates.iter().enumerate() {
            let separator = if place == 0 { " (" } else { "; " };
            write!(
                f,
                "{separator}{name}: {events} event{}, {receivers} receiver{}",
                plural(*events),
                plural(*receivers)
            )?;
        }
        f.write_str(if self.crates.is_empty() { "" } else { ")" })
    }
}

/// What the program has: how many events and receivers, from which crates.
pub fn summary() -> Summary {
    Summary::of(get())
}
