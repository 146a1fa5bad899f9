//! A filter and its data: [`Filter`] and [`FilterData`].

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

use super::config;
use super::connection::{Connected, Connections, StepConnection};
use super::error::FilterError;
use super::info::FilterInfo;
use super::output::StepOutput;
use super::plan::Plans;
use super::run;
use super::step::StepInfo;

/// The data of a filter: a struct that `#[filter]` declares.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the data of a filter",
    label = "not declared with `#[filter]`",
    note = "declare a filter: `#[filter(\"org.example.shop.price.requested.v1\")] #[derive(Clone)] struct PriceRequested {{ … }}`"
)]
pub trait FilterData: Clone + Send + Sync + 'static {
    /// What its steps can halt a run with; [`Infallible`](std::convert::Infallible) if none can.
    type Halt: fmt::Debug + Send + Sync + 'static;

    #[doc(hidden)]
    const INFO: &'static FilterInfo;
}

/// The data of a filter that takes sync steps only. `#[filter]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is the data of an async filter, whose steps are awaited",
    label = "this filter is declared with `async`",
    note = "call `run_filter_async`, and await it"
)]
pub trait SyncFilter {}

/// The data of a filter that takes async steps, too. `#[filter(…, async)]` implements it.
#[diagnostic::on_unimplemented(
    message = "the filter of `{Self}` is not async: it takes no async steps, and is not awaited",
    label = "this filter is declared without `async`",
    note = "declare it as `#[filter(…, async)]` and call `run_filter_async`, or remove `async` from the step and call `run_filter`"
)]
pub trait AsyncFilter {}

/// The filter of the data `F`: declared by `#[filter]`, run by [`run_filter`](Self::run_filter).
///
/// A filter passes its data through a pipeline of steps. Each step can change the data, end the run early, or halt it with one of
/// the filter's own halts, which the caller must handle. Every method may be called from any thread, and from inside a step.
///
/// # Examples
///
/// ```standalone_crate
/// use openedx_events::filters::FilterError;
/// use openedx_events::{filter, pipeline_step};
///
/// #[derive(Debug)]
/// pub enum LoanHalt {
///     PreventLoan { message: String },
/// }
///
/// /// Run before a book is lent.
/// #[filter("org.example.library.loan.started.v1", halts = LoanHalt)]
/// #[derive(Clone)]
/// pub struct LoanStarted {
///     pub title: String,
///     pub days: u32,
/// }
///
/// #[pipeline_step(LOAN_STARTED, priority = 10)]
/// fn reference_books_stay(title: &str) -> Result<(), LoanHalt> {
///     if title == "Atlas" { Err(LoanHalt::PreventLoan { message: "read it here".to_owned() }) } else { Ok(()) }
/// }
///
/// #[pipeline_step(LOAN_STARTED)]
/// fn four_weeks_at_most(days: &mut u32) {
///     *days = (*days).min(28);
/// }
///
/// let loan = LoanStarted { title: "Emma".to_owned(), days: 90 };
/// let loan = LOAN_STARTED.run_filter(loan).expect("no step halts or fails");
/// assert_eq!(loan.days, 28);
///
/// match LOAN_STARTED.run_filter(LoanStarted { title: "Atlas".to_owned(), days: 7 }) {
///     Ok(loan) => panic!("{} was lent", loan.title),
///     Err(FilterError::Halted { halt: LoanHalt::PreventLoan { message }, .. }) => assert_eq!(message, "read it here"),
///     Err(FilterError::Failed { error, .. }) => panic!("{error}"),
/// }
/// ```
pub struct Filter<F: FilterData> {
    pub(super) plans: Plans<F>,
    pub(super) connections: Connections<F>,
    /// How many steps have failed and were passed over.
    passed_over: AtomicU64,
}

impl<F: FilterData> Filter<F> {
    /// For `#[filter]` only, which also registers the static.
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self { plans: Plans::new(), connections: Connections::new(), passed_over: AtomicU64::new(0) }
    }

    /// Runs the steps one after the other, and returns the data as they have left them.
    ///
    /// The steps run in the order of the setting, or else by priority, path and place. A step that fails or panics ends the run,
    /// and what it has changed is undone; with `on_failure = "pass_over"`, or `fail_silently` in the settings, the next one runs,
    /// and the failure is logged and counted. Without steps the data are returned as they are, and nothing is allocated.
    ///
    /// Blocks as long as the steps do.
    ///
    /// # Errors
    ///
    /// A step has halted the run, or has failed. Or the filter cannot run: its type is declared twice, or options of a step are
    /// missing or invalid; [`check`](crate::check()) finds these at start-up.
    #[doc(alias("run", "apply", "apply_filters", "call", "run_pipeline"))]
    #[inline]
    pub fn run_filter(&'static self, data: F) -> Result<F, FilterError<F::Halt>>
    where
        F: SyncFilter,
    {
        run::run(self, data)
    }

    /// Runs the steps one after the other, awaits the async ones, and returns the data as they have left them.
    ///
    /// Otherwise like [`run_filter`](Self::run_filter). No runtime is needed, unless a step needs it. Dropping the future drops
    /// the step that is running, and the data.
    ///
    /// # Errors
    ///
    /// Those of [`run_filter`](Self::run_filter).
    #[doc(alias("run_async", "run_pipeline_async"))]
    pub async fn run_filter_async(&'static self, data: F) -> Result<F, FilterError<F::Halt>>
    where
        F: AsyncFilter,
    {
        run::run_async(self, data).await
    }

    /// Connects a closure as a step, until the returned guard is dropped. It runs after the registered steps, and the settings
    /// cannot turn it off. Inside a [test scope](crate::testing) it belongs to the scope.
    ///
    /// The closure gets a copy of the data, which replaces them if it ends well: a closure that fails or panics has changed
    /// nothing. It returns what a [step may return](StepOutput).
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// # use openedx_events::filter;
    /// #[filter("org.example.shop.price.requested.v1")]
    /// #[derive(Clone)]
    /// pub struct PriceRequested {
    ///     pub cents: i64,
    /// }
    ///
    /// let _sale = PRICE_REQUESTED.connect("sale", |price| price.cents /= 2);
    /// assert_eq!(PRICE_REQUESTED.run_filter(PriceRequested { cents: 300 }).unwrap().cents, 150);
    /// ```
    #[track_caller]
    pub fn connect<O: StepOutput<F>>(
        &'static self,
        name: impl Into<Cow<'static, str>>,
        step: impl Fn(&mut F) -> O + Send + Sync + 'static,
    ) -> StepConnection {
        let info = StepInfo::new(name.into(), F::INFO.filter_type, false, Location::caller());
        let call = move |data: &mut F| step(data).into_step_result();
        self.connections.connect(self, Connected::new(info, Box::new(call)))
    }

    /// What the filter's declaration says.
    pub const fn info(&'static self) -> &'static FilterInfo {
        F::INFO
    }

    /// Counts a step that has failed and was passed over.
    pub(super) fn count_passed_over(&self) {
        self.passed_over.fetch_add(1, Ordering::Relaxed);
    }
}

impl<F: FilterData> fmt::Debug for Filter<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("filter_type", &F::INFO.filter_type).finish_non_exhaustive()
    }
}

/// A filter of any data.
///
/// [`all_filters`](super::all_filters) lists them.
pub trait AnyFilter: Send + Sync + fmt::Debug {
    /// What the filter's declaration says.
    fn info(&self) -> &'static FilterInfo;

    /// The registered steps that the settings have chosen, in the order in which they run.
    fn steps(&self) -> Vec<&'static StepInfo>;

    /// How many steps have failed and were passed over since the program has started.
    fn passed_over(&self) -> u64;

    #[doc(hidden)]
    fn data_type(&self) -> TypeId;
}

impl<F: FilterData> AnyFilter for Filter<F> {
    fn info(&self) -> &'static FilterInfo {
        F::INFO
    }

    fn steps(&self) -> Vec<&'static StepInfo> {
        let steps = config::steps_of(F::INFO.filter_type, TypeId::of::<F>());
        steps.into_iter().map(|step| &step.info).collect()
    }

    fn passed_over(&self) -> u64 {
        self.passed_over.load(Ordering::Relaxed)
    }

    fn data_type(&self) -> TypeId {
        TypeId::of::<F>()
    }
}
