//! Why a run gave no result: [`FilterError`], and [`StepError`] for steps.

use std::error::Error;
use std::fmt;

use super::filter::FilterData;
use super::step::StepInfo;
use crate::BoxError;
use crate::chain::debug_like_display;

/// Why a run of a filter gave no result.
///
/// `H` is the type of the filter's halts: a caller that matches on them cannot forget one.
#[derive(Debug)]
pub enum FilterError<H> {
    /// A step has halted the run: the filter works, and says no.
    Halted {
        /// What the step says.
        halt: H,
        /// The step.
        step: StepInfo,
    },
    /// A step has failed: nobody knows what it would have said.
    Failed {
        /// The step; `None` if the filter as a whole cannot run.
        step: Option<StepInfo>,
        /// Why. A panic is an error with its message.
        error: BoxError,
    },
}

impl<H> FilterError<H> {
    /// The halt, if a step has halted the run.
    pub fn halt(&self) -> Option<&H> {
        match self {
            Self::Halted { halt, .. } => Some(halt),
            Self::Failed { .. } => None,
        }
    }
}

/// Names the step, but not what a halt holds, which may be personal.
impl<H> fmt::Display for FilterError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Halted { step, .. } => {
                write!(f, "the step {step} has halted the filter `{}`", step.filter_type)
            }
            Self::Failed { step: Some(step), error } => {
                write!(f, "the step {step} of the filter `{}` has failed: {error}", step.filter_type)
            }
            Self::Failed { step: None, error } => error.fmt(f),
        }
    }
}

impl<H: fmt::Debug> Error for FilterError<H> {
    /// That of the step's own error.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Halted { .. } => None,
            Self::Failed { error, .. } => error.source(),
        }
    }
}

/// The error of a step that can fail: a halt of the filter of the data `F`, or any other error, which `?` converts.
///
/// # Examples
///
/// ```standalone_crate
/// use openedx_events::filters::StepError;
/// use openedx_events::{filter, pipeline_step};
///
/// #[derive(Debug)]
/// pub enum OrderHalt {
///     PreventOrder { message: String },
/// }
///
/// #[filter("org.example.shop.order.started.v1", halts = OrderHalt)]
/// #[derive(Clone, Debug)]
/// pub struct OrderStarted {
///     pub amount: String,
/// }
///
/// #[pipeline_step(ORDER_STARTED)]
/// fn something_is_ordered(amount: &str) -> Result<(), StepError<OrderStarted>> {
///     let amount: u32 = amount.parse()?;
///     if amount == 0 {
///         return Err(StepError::halt(OrderHalt::PreventOrder { message: "nothing is ordered".to_owned() }));
///     }
///     Ok(())
/// }
///
/// let error = ORDER_STARTED.run_filter(OrderStarted { amount: "many".to_owned() }).unwrap_err();
/// assert!(error.halt().is_none());
/// assert!(error.to_string().ends_with("has failed: invalid digit found in string"));
/// ```
pub struct StepError<F: FilterData>(pub(super) Reason<F::Halt>);

pub(super) enum Reason<H> {
    Halt(H),
    Failure(BoxError),
}

impl<F: FilterData> StepError<F> {
    /// Halts the run.
    pub const fn halt(halt: F::Halt) -> Self {
        Self(Reason::Halt(halt))
    }

    /// Fails with this error, as `?` does.
    pub fn failed(error: impl Into<BoxError>) -> Self {
        Self(Reason::Failure(error.into()))
    }
}

/// It does not implement [`Error`] itself, or this could not be there.
impl<F: FilterData, E: Into<BoxError>> From<E> for StepError<F> {
    fn from(error: E) -> Self {
        Self::failed(error)
    }
}

impl<F: FilterData> fmt::Debug for StepError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Halt(halt) => f.debug_tuple("Halt").field(halt).finish(),
            Reason::Failure(error) => f.debug_tuple("Failure").field(error).finish(),
        }
    }
}

/// A step has panicked.
pub(super) struct Panicked(pub(super) std::borrow::Cow<'static, str>);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

debug_like_display!(Panicked);

impl Error for Panicked {}
