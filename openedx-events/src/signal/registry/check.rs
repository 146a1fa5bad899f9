//! What a program should look at once, at its start: [`check`].

use std::collections::HashSet;
use std::fmt;

use super::Summary;
use crate::avro::SchemaError;
use crate::receiver::ReceiverInfo;
use crate::signal::registry;

/// A crate that [`link!`](crate::link) names.
#[doc(hidden)]
#[derive(Debug)]
pub struct Expected(pub &'static str);

inventory::collect!(Expected);

/// Looks for everything that would make events go astray, and logs the start-up [`Summary`] if no event was sent
/// before.
///
/// Call it at start-up, after the calls of [`provide`](crate::provide).
///
/// # Errors
///
/// All problems at once: event types that several signals have, receivers whose state nobody provided, and crates that
/// [`link!`](crate::link) names but that registered nothing, and events of which no Avro schema can be made.
///
/// # Examples
///
/// ```standalone_crate
/// let summary = openedx_events::check()?;
/// println!("{summary}");
/// # Ok::<(), openedx_events::CheckError>(())
/// ```
pub fn check() -> Result<Summary, CheckError> {
    let summary = registry::summary();
    let problems: Vec<_> = duplicates()
        .chain(missing_states())
        .chain(unlinked_crates(&summary))
        .chain(missing_schemas())
        .collect();
    if problems.is_empty() { Ok(summary) } else { Err(CheckError { problems }) }
}

fn duplicates() -> impl Iterator<Item = CheckProblem> {
    registry::get().duplicates().map(|group| {
        let event_type = group[0].event_type();
        CheckProblem::DuplicateType { event_type, places: registry::get().places(event_type) }
    })
}

fn missing_states() -> impl Iterator<Item = CheckProblem> {
    // A receiver of several signals is registered several times, and lacks its states once.
    let mut seen = HashSet::new();
    registry::get()
        .receivers()
        .iter()
        .flat_map(|registration| registration.states.iter().map(|state| (&registration.info, state)))
        .filter(|(_, state)| !state.is_met())
        .map(|(receiver, state)| (receiver, state.type_name()))
        .filter(move |(receiver, type_name)| seen.insert((&receiver.path, receiver.location, *type_name)))
        .map(|(receiver, type_name)| CheckProblem::MissingState { receiver, type_name })
}

fn unlinked_crates(summary: &Summary) -> impl Iterator<Item = CheckProblem> {
    let linked = summary.crate_names();
    let mut unlinked: Vec<_> = inventory::iter::<Expected>
        .into_iter()
        .map(|expected| expected.0)
        .filter(|name| !linked.contains(name))
        .collect();
    unlinked.sort_unstable();
    unlinked.dedup();
    unlinked.into_iter().map(|name| CheckProblem::UnlinkedCrate { name })
}

/// Events that should be able to go on the bus, and cannot.
fn missing_schemas() -> impl Iterator<Item = CheckProblem> {
    registry::all_events().iter().filter_map(|signal| match signal.schema() {
        Ok(_) | Err(SchemaError::InProcess { .. }) => None,
        Err(error) => Some(CheckProblem::NoSchema { event_type: signal.event_type(), error: error.clone() }),
    })
}

/// Something that makes events go astray.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CheckProblem {
    /// Several signals have one event type; sending any of them is refused.
    DuplicateType {
        /// The type.
        event_type: &'static str,
        /// The signals, each with the place of its declaration.
        places: String,
    },
    /// A receiver takes a state that nobody provided; it fails at every event.
    MissingState {
        /// The receiver.
        receiver: &'static ReceiverInfo,
        /// The state's type.
        type_name: &'static str,
    },
    /// A crate that `link!` names registered neither events nor receivers.
    UnlinkedCrate {
        /// The crate.
        name: &'static str,
    },
    /// No schema can be made of an event's fields, so that it cannot go on the event bus.
    NoSchema {
        /// The event type.
        event_type: &'static str,
        /// Why.
        error: SchemaError,
    },
}

impl PartialEq for CheckProblem {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for CheckProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateType { event_type, places } => write!(
                f,
                "several signals have the event type `{event_type}`: {places}; give each a type of its own"
            ),
            Self::MissingState { receiver, type_name } => write!(
                f,
                "the receiver {receiver} takes a state of type `{type_name}`, which nobody provided; call \
                 `openedx_events::provide(…)` at start-up"
            ),
            Self::UnlinkedCrate { name } => write!(
                f,
                "the crate `{name}` that `link!` names has neither events nor receivers; if it is renamed in \
                 Cargo.toml, write `link!({name} as its_own_name)`"
            ),
            Self::NoSchema { event_type, error } => write!(
                f,
                "the event `{event_type}` has no Avro schema: {error}; or declare that it stays in the process, \
                 `#[signal(…, in_process = \"reason\")]`"
            ),
        }
    }
}

/// All that [`check`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckError {
    problems: Vec<CheckProblem>,
}

impl CheckError {
    /// The problems: duplicate types, then missing states, then unlinked crates, then missing schemas.
    pub fn problems(&self) -> &[CheckProblem] {
        &self.problems
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => problem.fmt(f),
            problems => {
                write!(f, "{} problems:", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}

impl std::error::Error for CheckError {}

/// Names crates that hold events or receivers, so that the linker keeps them.
///
/// A crate that stands in `Cargo.toml` but is named nowhere in the code is left out of the program without a word, and
/// its receivers with it. This names it (`use … as _`), and [`check`](crate::check) then verifies that it registered
/// something. For a crate that is renamed in `Cargo.toml` write `link!(here as its_own_name)`.
///
/// # Examples
///
/// ```standalone_crate
/// # mod doc { use openedx_events as my_receivers;
/// openedx_events::link!(my_receivers as openedx_events);
/// # }
/// ```
#[macro_export]
macro_rules! link {
    ($($name:ident $(as $own_name:ident)?),+ $(,)?) => {
        $(
            #[allow(unused_imports)]
            use $name as _;
            $crate::__expect!($name $($own_name)?);
        )+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __expect {
    ($name:ident) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Expected(::core::stringify!($name))
        }
    };
    ($name:ident $own_name:ident) => {
        $crate::__expect!($own_name);
    };
}
