//! The steps of one filter, chosen and ready to be called: [`Plan`].

use std::any::TypeId;
use std::sync::{Mutex, OnceLock};

use super::config::{self, Choice};
use super::error::FilterError;
use super::filter::FilterData;
use super::options::Options;
use super::registry::{self, Duplicate, Latest};
use super::step::{AsyncCall, AsyncStep, StepInfo, StepRegistration, SyncCall, SyncStep};
use crate::sync;

/// The registered steps of a filter that run.
pub(super) struct Plan<F: FilterData> {
    pub(super) steps: Vec<Planned<F>>,
    /// Why the filter cannot run.
    pub(super) refusal: Option<Refusal>,
}

/// One step.
pub(super) struct Planned<F: FilterData> {
    pub(super) call: Call<F>,
    pub(super) info: &'static StepInfo,
    /// Whether the next step runs if this one fails.
    pub(super) passes_over: bool,
    pub(super) options: Option<Options>,
}

pub(super) enum Call<F: FilterData> {
    Sync(SyncCall<F>),
    Async(AsyncCall<F>),
}

/// Why a filter cannot run.
pub(super) struct Refusal {
    pub(super) step: Option<&'static StepInfo>,
    pub(super) error: String,
}

impl Refusal {
    /// What each run returns.
    #[cold]
    pub(super) fn to_error<H>(&self) -> FilterError<H> {
        FilterError::Failed { step: self.step.cloned(), error: self.error.clone().into() }
    }
}

impl<F: FilterData> Plan<F> {
    /// The plan as the settings and the registry say.
    fn current() -> Self {
        let setting = config::final_setting(F::INFO.filter_type);
        Self::new(&Choice::of(setting.as_ref()))
    }

    pub(super) fn new(choice: &Choice<'_>) -> Self {
        let filter_type = F::INFO.filter_type;
        let mut plan = Self { steps: Vec::new(), refusal: None };
        if registry::get().places_of_duplicate(filter_type).is_some() {
            plan.refusal = Some(Refusal { step: None, error: Duplicate(filter_type).to_string() });
            return plan;
        }
        for registration in choice.steps(TypeId::of::<F>()) {
            match Planned::new(registration, choice) {
                Ok(planned) => plan.steps.extend(planned),
                Err(error) => {
                    plan.refusal = Some(Refusal { step: Some(&registration.info), error });
                    return plan;
                }
            }
        }
        plan
    }
}

impl<F: FilterData> Planned<F> {
    fn new(registration: &'static StepRegistration, choice: &Choice<'_>) -> Result<Option<Self>, String> {
        let options = registration.options.map(|need| choice.options(need)).transpose()?;
        let passes_over = choice.passes_over(&registration.info);
        let call = match (registration.call.downcast_ref(), registration.call.downcast_ref()) {
            (Some(SyncStep(call)), _) => Call::Sync(*call),
            (_, Some(AsyncStep(call))) => Call::Async(*call),
            // The step of other data, which does not come here.
            (None, None) => return Ok(None),
        };
        Ok(Some(Self { call, info: &registration.info, passes_over, options }))
    }
}

/// The plan of one filter, and the one that has replaced it when more steps were registered.
pub(super) struct Plans<F: FilterData> {
    first: OnceLock<Prepared<F>>,
    replaced: Mutex<Option<&'static Prepared<F>>>,
}

struct Prepared<F: FilterData> {
    plan: Plan<F>,
    /// What was registered when it was made.
    latest: Latest,
}

impl<F: FilterData> Prepared<F> {
    fn now() -> Self {
        // Before the registry is asked: what comes meanwhile has another plan made.
        let latest = Latest::now();
        Self { plan: Plan::current(), latest }
    }
}

impl<F: FilterData> Plans<F> {
    pub(super) const fn new() -> Self {
        Self { first: OnceLock::new(), replaced: Mutex::new(None) }
    }

    /// The plan. The first call makes it; so does one after more was registered.
    #[inline]
    pub(super) fn current(&'static self) -> &'static Plan<F> {
        match self.first.get() {
            Some(prepared) if prepared.latest == Latest::now() => &prepared.plan,
            _ => self.made(),
        }
    }

    #[cold]
    fn made(&'static self) -> &'static Plan<F> {
        let latest = Latest::now();
        let first = self.first.get_or_init(Prepared::now);
        if first.latest == latest {
            return &first.plan;
        }
        let mut replaced = sync::lock(&self.replaced);
        match *replaced {
            Some(prepared) if prepared.latest == latest => &prepared.plan,
            // What is replaced may still be in use, and is kept: that is as rare as a library that is loaded.
            _ => &replaced.insert(Box::leak(Box::new(Prepared::now()))).plan,
        }
    }
}
