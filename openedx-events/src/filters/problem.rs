//! Filters that cannot run: [`FilterProblem`].

use std::collections::HashSet;
use std::fmt;

use super::config;
use super::filter::AnyFilter;
use super::registry::{self, Duplicate};
use super::step::StepInfo;
use crate::receiver::similar_state::{ShortName, SimilarState};
use crate::signal::context::StateNeed;
use crate::signal::provide::{is_provided, similar_to};

/// A mistake that would let a filter or a step fail at every run, for [`check`](crate::check()).
#[derive(Clone)]
#[non_exhaustive]
pub enum FilterProblem {
    /// Several filters have the same filter type. Running any of them fails.
    DuplicateType {
        /// The type.
        filter_type: &'static str,
    },
    /// A step takes a state that was never provided.
    MissingState {
        /// The step.
        step: &'static StepInfo,
        /// The state's type.
        type_name: &'static str,
        /// What was provided instead, if it may be meant.
        similar: Option<SimilarState>,
    },
    /// A step takes the state of one type in several parameters. They all get the same value.
    RepeatedState {
        /// The step.
        step: &'static StepInfo,
        /// The state's type.
        type_name: &'static str,
    },
    /// The settings do not have the options of a step, or they do not fit.
    Options {
        /// The step.
        step: &'static StepInfo,
        /// What is wrong.
        error: String,
    },
}

impl PartialEq for FilterProblem {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for FilterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateType { filter_type } => Duplicate(filter_type).fmt(f),
            Self::MissingState { step, type_name, similar } => {
                let type_name = ShortName(type_name);
                write!(f, "the step {step} takes a state of type `{type_name}`, which was never provided; ")?;
                match similar {
                    Some(similar) => similar.fmt(f),
                    None => f.write_str("call `openedx_events::provide(…)` at start-up"),
                }
            }
            Self::RepeatedState { step, type_name } => write!(
                f,
                "the step {step} takes the state of type `{}` in several parameters, which all get the same value; wrap one of the \
                 values in a type of its own, or remove the other parameters",
                ShortName(type_name)
            ),
            Self::Options { step, error } => write!(
                f,
                "the options of the step {step} in {}.{:?}: {error}",
                config::OPEN_EDX_FILTERS_CONFIG,
                step.filter_type
            ),
        }
    }
}

/// Reads like `Display`: a problem is printed to be read.
impl fmt::Debug for FilterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is wrong with the filters of the program.
pub(crate) fn problems() -> Vec<FilterProblem> {
    let duplicates = registry::get().duplicates();
    let duplicates = duplicates.map(|(filter_type, _)| FilterProblem::DuplicateType { filter_type });
    let options = config::option_problems().into_iter();
    let options = options.map(|(step, error)| FilterProblem::Options { step, error });
    duplicates.chain(missing_states()).chain(repeated_states()).chain(options).collect()
}

fn missing_states() -> impl Iterator<Item = FilterProblem> {
    let is_missing = |_: &[StateNeed], state: &StateNeed| !is_provided((state.type_id)());
    states(is_missing).map(|(step, type_name)| FilterProblem::MissingState {
        step,
        type_name,
        similar: similar_to(type_name),
    })
}

fn repeated_states() -> impl Iterator<Item = FilterProblem> {
    let is_repeated = |states: &[StateNeed], state: &StateNeed| state.is_repeated(states);
    states(is_repeated).map(|(step, type_name)| FilterProblem::RepeatedState { step, type_name })
}

/// The states that are `wanted` of those that a step takes that runs.
fn states(
    wanted: impl Fn(&[StateNeed], &StateNeed) -> bool,
) -> impl Iterator<Item = (&'static StepInfo, &'static str)> {
    // A step of several filters takes its states once.
    let mut seen = HashSet::new();
    let of_filter = |filter: &&dyn AnyFilter| config::steps_of(filter.info().filter_type, filter.data_type());
    registry::all_filters()
        .iter()
        .flat_map(of_filter)
        .flat_map(|step| step.states.iter().map(move |state| (step, state)))
        .filter(move |(step, state)| wanted(step.states, state))
        .map(|(step, state)| (&step.info, (state.type_name)()))
        .filter(move |(step, type_name)| seen.insert((&*step.path, step.location, *type_name)))
}
