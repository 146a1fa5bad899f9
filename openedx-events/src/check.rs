//! Checks of the whole program, for its start: [`check`].

use std::collections::HashSet;
use std::fmt;

use crate::avro::SchemaError;
use crate::chain::debug_like_display;
use crate::problem_list::write_problems;
use crate::receiver::ReceiverInfo;
use crate::receiver::similar_state::{ShortName, SimilarState};
use crate::signal::context::StateNeed;
use crate::signal::provide::{is_provided, similar_to};
use crate::signal::registry::{self, RegistrySummary};

/// A crate that [`link!`](crate::link) names.
#[derive(Debug)]
pub struct Expected(pub &'static str);

inventory::collect!(Expected);

/// Checks the whole program for mistakes that would lose events, and logs the [`RegistrySummary`] if no event was sent
/// before.
///
/// Call it at start-up, after the calls of [`provide`](crate::provide) and of [`Wiring::apply`](crate::Wiring::apply): a receiver that is
/// off needs no state.
///
/// # Errors
///
/// All problems at once: event types that several signals have, receivers whose state was never provided, receivers that
/// take one state twice, crates that [`link!`](crate::link) names but that registered nothing, and events that have no Avro
/// schema. With the feature `filters` also filters that cannot run: `filters::FilterProblem`.
///
/// # Examples
///
/// ```standalone_crate
/// fn main() -> Result<(), openedx_events::CheckError> {
///     let summary = openedx_events::check()?;
///     println!("{summary}");
///     Ok(())
/// }
/// ```
pub fn check() -> Result<RegistrySummary, CheckError> {
    let summary = registry::registry_summary();
    let problems: Vec<_> = duplicates()
        .chain(missing_states())
        .chain(repeated_states())
        .chain(unlinked_crates(&summary))
        .chain(missing_schemas())
        .chain(of_filters())
        .collect();
    if problems.is_empty() { Ok(summary) } else { Err(CheckError { problems }) }
}

fn duplicates() -> impl Iterator<Item = CheckProblem> {
    let duplicate = |(event_type, places): (_, &str)| CheckProblem::DuplicateType {
        event_type,
        places: places.to_owned(),
    };
    registry::get().duplicates().map(duplicate)
}

fn missing_states() -> impl Iterator<Item = CheckProblem> {
    let is_missing = |_: &[StateNeed], state: &StateNeed| !is_provided((state.type_id)());
    states(is_missing).map(|(receiver, type_name)| CheckProblem::MissingState {
        receiver,
        type_name,
        similar: similar_to(type_name),
    })
}

fn repeated_states() -> impl Iterator<Item = CheckProblem> {
    let is_repeated = |states: &[StateNeed], state: &StateNeed| state.is_repeated(states);
    states(is_repeated).map(|(receiver, type_name)| CheckProblem::RepeatedState { receiver, type_name })
}

/// The states that are `wanted` of those that a receiver takes.
fn states(
    wanted: impl Fn(&[StateNeed], &StateNeed) -> bool,
) -> impl Iterator<Item = (&'static ReceiverInfo, &'static str)> {
    // A receiver of several signals is registered several times, and takes its states once.
    let mut seen = HashSet::new();
    registry::get()
        .receivers()
        .iter()
        // One that is off needs nothing.
        .filter(|registration| registry::is_on(registration))
        .flat_map(|registration| registration.states.iter().map(move |state| (*registration, state)))
        .filter(move |(registration, state)| wanted(registration.states, state))
        .map(|(registration, state)| (&registration.info, (state.type_name)()))
        .filter(move |(receiver, type_name)| seen.insert((&receiver.path, receiver.location, *type_name)))
}

fn unlinked_crates(summary: &RegistrySummary) -> impl Iterator<Item = CheckProblem> {
    let mut unlinked: Vec<_> = inventory::iter::<Expected>
        .into_iter()
        .map(|expected| expected.0)
        .filter(|name| !summary.crates.contains_key(*name))
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

#[cfg(feature = "filters")]
fn of_filters() -> impl Iterator<Item = CheckProblem> {
    crate::filters::problems().into_iter().map(CheckProblem::Filter)
}

#[cfg(not(feature = "filters"))]
fn of_filters() -> impl Iterator<Item = CheckProblem> {
    std::iter::empty()
}

/// A mistake that would lose events.
#[derive(Clone)]
#[non_exhaustive]
pub enum CheckProblem {
    /// Several signals have the same event type. Sends of all of them are refused.
    DuplicateType {
        /// The type.
        event_type: &'static str,
        /// The signals, each with the location of its declaration.
        places: String,
    },
    /// A receiver takes a state that was never provided. It fails at every event.
    MissingState {
        /// The receiver.
        receiver: &'static ReceiverInfo,
        /// The state's type.
        type_name: &'static str,
        /// What was provided instead, if it may be meant.
        similar: Option<SimilarState>,
    },
    /// A receiver takes the state of one type in several parameters. They all get the same value.
    RepeatedState {
        /// The receiver.
        receiver: &'static ReceiverInfo,
        /// The state's type.
        type_name: &'static str,
    },
    /// A crate that `link!` names registers nothing: no events and receivers, and no filters and steps.
    UnlinkedCrate {
        /// The crate.
        name: &'static str,
    },
    /// An event has no Avro schema, so that it cannot go on the event bus.
    NoSchema {
        /// The event type.
        event_type: &'static str,
        /// Why.
        error: SchemaError,
    },
    /// A filter cannot run, or one of its steps would fail at every run.
    #[cfg(feature = "filters")]
    Filter(crate::filters::FilterProblem),
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
            Self::MissingState { receiver, type_name, similar } => {
                let type_name = ShortName(type_name);
                write!(
                    f,
                    "the receiver {receiver} takes a state of type `{type_name}`, which was never provided; "
                )?;
                match similar {
                    Some(similar) => similar.fmt(f),
                    None => f.write_str("call `openedx_events::provide(…)` at start-up"),
                }
            }
            Self::RepeatedState { receiver, type_name } => write!(
                f,
                "the receiver {receiver} takes the state of type `{type_name}` in several parameters, which all get the \
                 same value; wrap one of the values in a type of its own, or remove the other parameters"
            ),
            Self::UnlinkedCrate { name } => write!(
                f,
                "the crate `{name}` that `link!` names has neither events nor receivers{}; if it is renamed in \
                 Cargo.toml, write `link!({name} as its_own_name)`",
                if cfg!(feature = "filters") { ", filters or steps" } else { "" }
            ),
            Self::NoSchema { event_type, error } => write!(
                f,
                "the event `{event_type}` has no Avro schema: {error}; or declare that it stays in the process, \
                 `#[signal(…, in_process = \"reason\")]`"
            ),
            #[cfg(feature = "filters")]
            Self::Filter(problem) => problem.fmt(f),
        }
    }
}

/// Reads like `Display`: a problem is printed to be read.
impl fmt::Debug for CheckProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The problems that [`check`] found.
#[derive(Clone, PartialEq)]
pub struct CheckError {
    problems: Vec<CheckProblem>,
}

impl CheckError {
    /// The problems: duplicate types, then missing states, then repeated states, then unlinked crates, then missing schemas, then
    /// those of filters.
    pub fn problems(&self) -> &[CheckProblem] {
        &self.problems
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_problems(f, &self.problems, "")
    }
}

debug_like_display!(CheckError);

impl std::error::Error for CheckError {
    /// The schema error, if an event without a schema is the only problem.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.problems.as_slice() {
            [CheckProblem::NoSchema { error, .. }] => Some(error),
            _ => None,
        }
    }
}

/// Links crates that declare events, receivers, filters or steps into the program.
///
/// The linker silently leaves out a crate that is in `Cargo.toml` but is not named in the code, and its receivers and steps
/// with it. This macro names the crates (`use … as _`), and [`check`](crate::check) then verifies that each of them
/// registered something. For a crate that is renamed in `Cargo.toml`, write `link!(name_here as its_own_name)`.
///
/// # Examples
///
/// ```standalone_crate
/// // In `Cargo.toml`: events = { package = "openedx-events", … }
/// extern crate openedx_events as events;
///
/// events::link!(events as openedx_events);
///
/// fn main() {
///     println!("{}", events::registry_summary());
/// }
/// ```
#[macro_export]
macro_rules! link {
    // The names go to a macro that can say what is wrong with one, at its place.
    ($($crates:tt)*) => { $crate::__private::__link! { $crate; $($crates)* } };
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn debug_reads_like_display_and_the_schema_error_is_the_source() {
        let unlinked = CheckProblem::UnlinkedCrate { name: "plugins" };
        let error = SchemaError::InProcess { reason: "it holds a socket" };
        let no_schema = CheckProblem::NoSchema { event_type: "org.example.a.b.v1", error };

        let both = CheckError { problems: vec![unlinked, no_schema.clone()] };
        assert!(both.to_string().starts_with("2 problems:\n- the crate `plugins`"), "{both}");
        assert_eq!(format!("{both:?}"), both.to_string());
        assert!(both.source().is_none());

        let one = CheckError { problems: vec![no_schema] };
        assert!(one.source().is_some_and(|source| one.to_string().contains(&source.to_string())), "{one}");
    }

    #[test]
    fn an_unknown_signal_reads_the_same_in_debug() {
        let error = crate::get_signal_by_type("org.example.no.such.v1").unwrap_err();
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
