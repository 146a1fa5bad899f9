//! One run of a filter.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::connection::Connected;
use super::error::{FilterError, Panicked, Reason, StepError};
use super::filter::{Filter, FilterData};
use super::output::StepResult;
use super::plan::{Call, Plan, Planned};
use super::scoped;
use super::step::{StepContext, StepInfo};
use crate::BoxError;
use crate::chain::Chain;
use crate::panics;
use crate::signal::scope::{self, ScopeHandle};
use crate::unheard;

/// Runs a filter without async steps.
///
/// The rare cases are functions that return the final result: to convert one here would copy it, which costs more than a step.
#[inline]
pub(super) fn run<F: FilterData>(filter: &'static Filter<F>, mut data: F) -> Result<F, FilterError<F::Halt>> {
    if scope::any_scope() || filter.connections.any() {
        return run_slowly(filter, data);
    }
    let plan = filter.plans.current();
    if let Some(refusal) = &plan.refusal {
        return Err(refusal.to_error());
    }
    if plan.steps.is_empty() {
        return Ok(data);
    }
    let mut next = 0;
    match call_from(&plan.steps, &mut next, &mut data, None) {
        None => Ok(data),
        Some(result) => run_on_alone(filter, plan, next, result, data),
    }
}

/// [`run_on`] without a test scope.
#[cold]
fn run_on_alone<F: FilterData>(
    filter: &'static Filter<F>,
    plan: &Plan<F>,
    next: usize,
    result: StepResult<F>,
    mut data: F,
) -> Result<F, FilterError<F::Halt>> {
    run_on(filter, plan, next, Some(result), &mut data, None).map(|_| data)
}

/// With test scopes or connected closures.
#[cold]
fn run_slowly<F: FilterData>(filter: &'static Filter<F>, mut data: F) -> Result<F, FilterError<F::Halt>> {
    let scope = scope::current();
    let own = scope.as_ref().map(|scope| scoped::begin(scope, &data));
    let plan = own.as_ref().unwrap_or_else(|| filter.plans.current());
    if run_plan(filter, plan, &mut data, scope.as_ref())?.is_continue() {
        run_connected(filter, &mut data, scope.as_ref())?;
    }
    Ok(data)
}

/// Runs a filter, and awaits its async steps.
pub(super) async fn run_async<F: FilterData>(
    filter: &'static Filter<F>,
    mut data: F,
) -> Result<F, FilterError<F::Halt>> {
    let scope = scope::current();
    let own = scope.as_ref().map(|scope| scoped::begin(scope, &data));
    let plan = own.as_ref().unwrap_or_else(|| filter.plans.current());
    refused(plan)?;
    for step in &plan.steps {
        let context = context(step, scope.as_ref());
        let result = match step.call {
            Call::Sync(call) => panics::catch(|| call(&mut data, &context)),
            Call::Async(call) => {
                // The call itself may panic, too.
                let step = AssertUnwindSafe(async { call(&mut data, &context).await });
                step.catch_unwind().await.map_err(panics::message)
            }
        };
        let result = result.unwrap_or_else(|message| Err(StepError::failed(Panicked(message))));
        if ended(filter, step.info, step.passes_over, result, scope.as_ref())?.is_break() {
            return Ok(data);
        }
    }
    run_connected(filter, &mut data, scope.as_ref())?;
    Ok(data)
}

/// Calls the registered steps. Breaks if one of them ends the run.
fn run_plan<F: FilterData>(
    filter: &'static Filter<F>,
    plan: &Plan<F>,
    data: &mut F,
    scope: Option<&ScopeHandle>,
) -> Result<ControlFlow<()>, FilterError<F::Halt>> {
    refused(plan)?;
    let mut next = 0;
    let stopped = call_from(&plan.steps, &mut next, data, scope);
    run_on(filter, plan, next, stopped, data, scope)
}

/// Continues the run behind a step that has stopped it, if one has. `stopped` is the result of that step.
fn run_on<F: FilterData>(
    filter: &'static Filter<F>,
    plan: &Plan<F>,
    mut next: usize,
    mut stopped: Option<StepResult<F>>,
    data: &mut F,
    scope: Option<&ScopeHandle>,
) -> Result<ControlFlow<()>, FilterError<F::Halt>> {
    while let Some(result) = stopped {
        let step = &plan.steps[next - 1];
        if ended(filter, step.info, step.passes_over, result, scope)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        stopped = call_from(&plan.steps, &mut next, data, scope);
    }
    Ok(ControlFlow::Continue(()))
}

/// Calls the steps from the next one on, until one of them does anything but go on. Returns what that one has said.
///
/// The calls share one `catch_unwind`, so that a further step costs no more than its call.
#[inline]
fn call_from<F: FilterData>(
    steps: &[Planned<F>],
    next: &mut usize,
    data: &mut F,
    scope: Option<&ScopeHandle>,
) -> Option<StepResult<F>> {
    let mut stopped = None;
    let called = panics::catch(|| {
        while let Some(step) = steps.get(*next) {
            // Counted before the call, so that a panic is attributed to this step.
            *next += 1;
            // A sync filter has no others: what registers an async step does not compile.
            let Call::Sync(call) = step.call else { continue };
            match call(data, &context(step, scope)) {
                Ok(ControlFlow::Continue(())) => {}
                result => {
                    stopped = Some(result);
                    return;
                }
            }
        }
    });
    match called {
        Ok(()) => stopped,
        Err(message) => Some(Err(StepError::failed(Panicked(message)))),
    }
}

fn refused<F: FilterData>(plan: &Plan<F>) -> Result<(), FilterError<F::Halt>> {
    plan.refusal.as_ref().map_or(Ok(()), |refusal| Err(refusal.to_error()))
}

#[inline]
fn context<'a, F: FilterData>(step: &'a Planned<F>, scope: Option<&'a ScopeHandle>) -> StepContext<'a> {
    let options = step.options.as_deref().map(|options| options as &(dyn Any + Send + Sync));
    StepContext { scope, options }
}

fn run_connected<F: FilterData>(
    filter: &'static Filter<F>,
    data: &mut F,
    scope: Option<&ScopeHandle>,
) -> Result<(), FilterError<F::Halt>> {
    for connected in filter.connections.of(scope) {
        if ended(filter, &connected.info, false, call(&connected, data), scope)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Calls a connected closure with a copy of the data, which replaces them if it ends well.
fn call<F: FilterData>(connected: &Arc<Connected<F>>, data: &mut F) -> StepResult<F> {
    let called = panics::catch(|| {
        let mut copy = data.clone();
        let result = (connected.call)(&mut copy);
        (copy, result)
    });
    match called {
        Ok((copy, Ok(flow))) => {
            *data = copy;
            Ok(flow)
        }
        Ok((_, Err(error))) => Err(error),
        Err(message) => Err(StepError::failed(Panicked(message))),
    }
}

/// What becomes of the run after a step.
#[cold]
fn ended<F: FilterData>(
    filter: &'static Filter<F>,
    step: &StepInfo,
    passes_over: bool,
    result: StepResult<F>,
    scope: Option<&ScopeHandle>,
) -> Result<ControlFlow<()>, FilterError<F::Halt>> {
    let error = match result {
        Ok(flow) => return Ok(flow),
        Err(StepError(Reason::Halt(halt))) => {
            return Err(FilterError::Halted { halt, step: step.clone() });
        }
        Err(StepError(Reason::Failure(error))) => error,
    };
    if !passes_over {
        return Err(FilterError::Failed { step: Some(step.clone()), error });
    }
    filter.count_passed_over();
    pass_over(step, &error);
    if let Some(scope) = scope {
        scope.keep_failure(step.filter_type, step, Chain(&*error));
    }
    Ok(ControlFlow::Continue(()))
}

fn pass_over(step: &StepInfo, error: &BoxError) {
    let filter_type = step.filter_type;
    let error = Chain(&**error);
    tracing::warn!(filter_type, %step, %error, "a step of a filter failed and was passed over");
    unheard::failure(format_args!("the step {step} of {filter_type} failed and was passed over: {error}"));
}
