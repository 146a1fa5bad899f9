//! What is wrong with the configuration: [`FiltersConfigError`].

use std::error::Error;
use std::fmt;

use super::OPEN_EDX_FILTERS_CONFIG;
use crate::chain::debug_like_display;
use crate::problem_list::write_problems;

/// One thing that is wrong with a [`FiltersConfig`](super::FiltersConfig).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FiltersConfigProblem {
    /// Something in the setting is wrong.
    Invalid {
        /// Where: the layer, and the path of the setting in it.
        place: String,
        /// What, and what to do.
        what: String,
    },
    /// A filter has run before, so that the steps are final.
    TooLate,
}

impl FiltersConfigProblem {
    pub(super) fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for FiltersConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { place, what } => write!(f, "{place}: {what}"),
            Self::TooLate => write!(
                f,
                "the steps of filters are final, as a filter has run before: apply {OPEN_EDX_FILTERS_CONFIG} at the beginning of \
                 `main`"
            ),
        }
    }
}

debug_like_display!(FiltersConfigProblem);

impl Error for FiltersConfigProblem {}

/// Everything that is wrong with a [`FiltersConfig`](super::FiltersConfig).
#[derive(Clone, PartialEq, Eq)]
pub struct FiltersConfigError {
    problems: Vec<FiltersConfigProblem>,
}

impl FiltersConfigError {
    pub(super) fn of(problems: Vec<FiltersConfigProblem>) -> Self {
        Self { problems }
    }

    /// The problems; at least one.
    pub fn problems(&self) -> &[FiltersConfigProblem] {
        &self.problems
    }
}

impl fmt::Display for FiltersConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_problems(f, &self.problems, "")
    }
}

debug_like_display!(FiltersConfigError);

impl Error for FiltersConfigError {}
