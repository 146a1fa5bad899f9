//! A step and its registration: [`StepInfo`] and [`StepRegistration`].

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;

use super::filter::{AsyncFilter, FilterData};
use super::options::OptionsNeed;
use super::output::{StepOf, StepResult};
use crate::receiver::crate_of;
use crate::receiver::state::{MissingState, StateRef, StateSlot};
use crate::signal::context::{Lender, StateNeed};
use crate::signal::registry::order;
use crate::signal::scope::ScopeHandle;

/// The name, location and options of a step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StepInfo {
    /// The path of the function, starting with its crate, such as `access::members_only`; for a connected closure the name that was
    /// passed to `connect`.
    pub path: Cow<'static, str>,
    /// The type of its filter.
    pub filter_type: &'static str,
    /// Where the step is declared or connected.
    pub location: &'static Location<'static>,
    /// Steps of a higher priority run first, unless the settings give an order; 0 by default.
    pub priority: i32,
    /// Whether the step is async.
    pub is_async: bool,
    /// What becomes of the run when the step fails, unless the settings say otherwise.
    pub on_failure: OnFailure,
}

/// What becomes of a run when a step fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// It ends, with [`FilterError::Failed`](super::FilterError::Failed).
    #[default]
    Fail,
    /// The next step runs. The failure is logged and counted, and what the step has changed is undone.
    PassOver,
}

impl StepInfo {
    pub(super) const fn new(
        path: Cow<'static, str>,
        filter_type: &'static str,
        is_async: bool,
        location: &'static Location<'static>,
    ) -> Self {
        Self { path, filter_type, location, priority: 0, is_async, on_failure: OnFailure::Fail }
    }

    /// The crate that declares the step; for a connected closure its name.
    pub fn crate_name(&self) -> &str {
        match &self.path {
            Cow::Borrowed(path) => crate_of(path),
            Cow::Owned(name) => name,
        }
    }
}

impl fmt::Display for StepInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.path, self.location.file(), self.location.line())
    }
}

/// What a step can ask for besides the data.
#[derive(Clone, Copy)]
pub struct StepContext<'a> {
    pub(super) scope: Option<&'a ScopeHandle>,
    pub(super) options: Option<&'a (dyn Any + Send + Sync)>,
}

impl fmt::Debug for StepContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepContext").finish_non_exhaustive()
    }
}

impl Lender for StepContext<'_> {
    fn state<T: Send + Sync + 'static>(&self, slot: &StateSlot) -> Result<StateRef<T>, MissingState> {
        match self.scope {
            Some(scope) => scope.state(),
            None => slot.get(),
        }
    }
}

/// The future of an async step.
pub(crate) type StepFuture<'a, F> = Pin<Box<dyn Future<Output = StepResult<F>> + Send + 'a>>;

/// How a sync step is called.
pub(crate) type SyncCall<F> = for<'a, 'c> fn(&'a mut F, &'c StepContext<'c>) -> StepResult<F>;

/// How an async step is called.
pub(crate) type AsyncCall<F> = for<'a> fn(&'a mut F, &'a StepContext<'a>) -> StepFuture<'a, F>;

/// The function behind a sync step.
#[derive(Debug)]
pub struct SyncStep<F: FilterData>(#[doc(hidden)] pub SyncCall<F>);

/// The function behind an async step.
#[derive(Debug)]
pub struct AsyncStep<F: FilterData>(#[doc(hidden)] pub AsyncCall<F>);

/// A step and its filter.
#[derive(Debug)]
pub struct StepRegistration {
    pub(crate) info: StepInfo,
    pub(crate) states: &'static [StateNeed],
    pub(crate) options: Option<&'static OptionsNeed>,
    /// The type of the filter's data. Several filters can have one filter type by mistake.
    pub(crate) data: fn() -> TypeId,
    /// A `SyncStep<F>` or an `AsyncStep<F>` of these data.
    pub(crate) call: &'static (dyn Any + Send + Sync),
}

inventory::collect!(StepRegistration);

impl StepRegistration {
    /// A sync step. The filter gives the closure its argument type.
    #[doc(hidden)]
    #[track_caller]
    pub const fn new<F: FilterData>(
        path: &'static str,
        _filter: StepOf<F>,
        step: &'static SyncStep<F>,
    ) -> Self {
        let info = StepInfo::new(Cow::Borrowed(path), F::INFO.filter_type, false, Location::caller());
        Self { info, states: &[], options: None, data: TypeId::of::<F>, call: step }
    }

    /// An async step.
    #[doc(hidden)]
    #[track_caller]
    pub const fn new_async<F: FilterData + AsyncFilter>(
        path: &'static str,
        _filter: StepOf<F>,
        step: &'static AsyncStep<F>,
    ) -> Self {
        let info = StepInfo::new(Cow::Borrowed(path), F::INFO.filter_type, true, Location::caller());
        Self { info, states: &[], options: None, data: TypeId::of::<F>, call: step }
    }

    #[doc(hidden)]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.info.priority = priority;
        self
    }

    #[doc(hidden)]
    pub const fn pass_over(mut self) -> Self {
        self.info.on_failure = OnFailure::PassOver;
        self
    }

    #[doc(hidden)]
    pub const fn states(mut self, states: &'static [StateNeed]) -> Self {
        self.states = states;
        self
    }

    #[doc(hidden)]
    pub const fn options(mut self, need: &'static OptionsNeed) -> Self {
        self.options = Some(need);
        self
    }

    pub(crate) fn order(&'static self) -> impl Ord {
        order::of(self.info.priority, &self.info.path, self.info.location)
    }
}
