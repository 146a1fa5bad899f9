//! What is wrong with a wiring: [`WiringError`].

use std::error::Error;
use std::fmt;

use crate::chain::debug_like_display;
use crate::problem_list::write_problems;

/// One thing that is wrong with a [`Wiring`](crate::Wiring).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WiringProblem {
    /// Something in the setting is wrong.
    Invalid {
        /// Where: the layer, and the path of the setting in it.
        place: String,
        /// What, and what to do.
        what: String,
    },
    /// The receivers are final: an event was sent before, or a signal was asked for its receivers.
    TooLate,
}

impl WiringProblem {
    pub(super) fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for WiringProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { place, what } => write!(f, "{place}: {what}"),
            Self::TooLate => f.write_str(
                "the receivers are final, as an event was sent before or a signal was asked for its receivers: apply \
                 EVENT_RECEIVERS at the beginning of `main`",
            ),
        }
    }
}

debug_like_display!(WiringProblem);

impl Error for WiringProblem {}

/// Everything that is wrong with a [`Wiring`](crate::Wiring).
#[derive(Clone, PartialEq, Eq)]
pub struct WiringError {
    problems: Vec<WiringProblem>,
}

impl WiringError {
    pub(super) fn of(problems: Vec<WiringProblem>) -> Self {
        Self { problems }
    }

    pub(in crate::signal::registry) fn too_late() -> Self {
        Self::of(vec![WiringProblem::TooLate])
    }

    /// The problems; at least one.
    pub fn problems(&self) -> &[WiringProblem] {
        &self.problems
    }
}

impl fmt::Display for WiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_problems(f, &self.problems, "")
    }
}

debug_like_display!(WiringError);

impl Error for WiringError {}
