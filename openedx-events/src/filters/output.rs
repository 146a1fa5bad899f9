//! What a step returns: [`StepOutput`].

use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::error::StepError;
use super::filter::{Filter, FilterData};
use super::step::StepFuture;
use crate::signal::assertions::is_same;

/// The result of a step.
pub(crate) type StepResult<F> = Result<ControlFlow<()>, StepError<F>>;

/// What a step may return: `()`, `ControlFlow<()>`, or a `Result` of one of them with the halts of its filter, or with
/// [`StepError`].
#[diagnostic::on_unimplemented(
    message = "a step of the filter of `{F}` cannot return `{Self}`",
    label = "not `()`, `ControlFlow<()>` or a `Result` of one of them",
    note = "return `()` to go on with the next step, `ControlFlow<()>` to be able to end the run, or `Result<(), Halt>` with the \
            halts of the filter; a step that can fail returns `Result<(), StepError<{F}>>`"
)]
pub trait StepOutput<F: FilterData> {
    /// Converts the returned value to the step's result.
    ///
    /// # Errors
    ///
    /// The step's own.
    fn into_step_result(self) -> StepResult<F>;
}

impl<F: FilterData> StepOutput<F> for () {
    #[inline]
    fn into_step_result(self) -> StepResult<F> {
        Ok(ControlFlow::Continue(()))
    }
}

impl<F: FilterData> StepOutput<F> for ControlFlow<()> {
    #[inline]
    fn into_step_result(self) -> StepResult<F> {
        Ok(self)
    }
}

impl<F: FilterData, E: StepHalt<F>> StepOutput<F> for Result<(), E> {
    #[inline]
    fn into_step_result(self) -> StepResult<F> {
        self.map(ControlFlow::Continue).map_err(StepHalt::into_step_error)
    }
}

impl<F: FilterData, E: StepHalt<F>> StepOutput<F> for Result<ControlFlow<()>, E> {
    #[inline]
    fn into_step_result(self) -> StepResult<F> {
        self.map_err(StepHalt::into_step_error)
    }
}

/// The error of a step: the halts of its filter, or [`StepError`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no halt of the filter of `{F}`",
    label = "a step returns this error",
    note = "return the type that the filter names, `#[filter(…, halts = …)]`; any other error is returned as `StepError<{F}>`, into \
            which `?` converts it"
)]
pub trait StepHalt<F> {
    // Not a bound of the trait: rustc would report here a second time what the data lack.
    #[doc(hidden)]
    fn into_step_error(self) -> StepError<F>
    where
        F: FilterData;
}

impl<F: FilterData> StepHalt<F> for StepError<F> {
    #[inline]
    fn into_step_error(self) -> Self {
        self
    }
}

/// The filter of a step, as a type, for generated code.
#[derive(Clone, Copy, Debug)]
pub struct StepOf<F>(PhantomData<fn() -> F>);

/// The filter of these data, which are borrowed for no longer than the call.
#[inline]
pub fn of_data<F: FilterData>(_data: &F) -> StepOf<F> {
    StepOf(PhantomData)
}

/// The filter that `#[pipeline_step]` names.
pub const fn of_filter<S: FilterStatic>(_filter: &S) -> StepOf<S::Data> {
    StepOf(PhantomData)
}

/// Whether a step has two filters.
pub const fn is_another_filter<F: FilterData, G: FilterData>(_: StepOf<F>, _: StepOf<G>) -> bool {
    let (a, b) = (F::INFO, G::INFO);
    !(is_same(a.filter_type, b.filter_type)
        && is_same(a.module, b.module)
        && is_same(a.filter_name, b.filter_name))
}

/// What `#[pipeline_step]` can name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter",
    label = "not the static of a filter",
    note = "a step names the static that `#[filter]` declares, such as `PRICE_REQUESTED`; what listens to a signal is a `#[receiver]`"
)]
pub trait FilterStatic {
    /// The data of the filter.
    type Data: FilterData;
}

#[diagnostic::do_not_recommend]
impl<F: FilterData> FilterStatic for Filter<F> {
    type Data = F;
}

/// The result of a step, for generated code.
///
/// # Errors
///
/// The step's own.
#[inline]
pub fn finish_step<F: FilterData, O: StepOutput<F>>(_step: StepOf<F>, output: O) -> StepResult<F> {
    output.into_step_result()
}

/// A copy of a field, which a step changes.
#[inline]
pub fn copy<T: Clone>(field: &T) -> T {
    field.clone()
}

/// Boxes the future of an async step.
pub fn boxed_step<'a, F: FilterData, S: Future<Output = StepResult<F>> + Send + 'a>(
    step: S,
) -> StepFuture<'a, F> {
    Box::pin(step)
}
