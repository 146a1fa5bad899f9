//! Which steps run, and in which order, as the configuration says: [`FiltersConfig`].

mod choice;
mod error;
mod problems;
mod read;
mod setting;
#[cfg(feature = "cli")]
mod shown;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

pub(crate) use choice::Choice;
pub use error::{FiltersConfigError, FiltersConfigProblem};
use setting::Setting;
#[cfg(feature = "cli")]
pub(crate) use shown::{LeftOut, ShownOptions, ShownStep, ShownSteps};

use super::registry;
use super::step::{StepInfo, StepRegistration};
use crate::sync;

/// The name of the setting, which is upstream's.
pub(crate) const OPEN_EDX_FILTERS_CONFIG: &str = "OPEN_EDX_FILTERS_CONFIG";

/// Which steps each filter runs: the setting `OPEN_EDX_FILTERS_CONFIG`.
///
/// A filter that the setting does not name runs every step that is linked into the program, by priority, path and place. Names and
/// forms are those of openedx-filters, but a step is named by its path in Rust, as `list` and the log show it:
/// `{"org.example.shop.price.requested.v1": {"pipeline": ["shop::sale"], "fail_silently": true}}`. A list of paths, or one path,
/// stands for the pipeline alone.
///
/// | member | meaning |
/// |---|---|
/// | `pipeline` | the paths of the steps, in the order in which they run, or one path. The other steps of the filter do not run, which is logged |
/// | `off` | paths of steps that do not run |
/// | `fail_silently` | `true`: a step that fails is passed over; `false`: it ends the run. Overrides what the steps declare. Upstream's default is `true` |
/// | `log_level` | accepted, and without effect, as in openedx-filters |
/// | any other | an option of the steps that take one of this name as `#[options]` |
///
/// With the event bus it is a setting among `bus::BusSettings`, and is applied where these are used. Without the bus, read it from
/// the [environment](Self::environment) or from [JSON](Self::json), or build it in code, and [apply](Self::apply) it before a
/// filter runs:
///
/// ```standalone_crate
/// use openedx_events::filters::{FiltersConfig, FiltersConfigError};
/// use openedx_events::{filter, pipeline_step};
///
/// #[filter("org.example.shop.price.requested.v1")]
/// #[derive(Clone)]
/// pub struct PriceRequested {
///     pub cents: i64,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Sale {
///     percent: i64,
/// }
///
/// #[pipeline_step(PRICE_REQUESTED)]
/// fn sale(cents: &mut i64, #[options] sale: &Sale) {
///     *cents -= *cents * sale.percent / 100;
/// }
///
/// fn main() -> Result<(), FiltersConfigError> {
///     let step = concat!(module_path!(), "::sale");
///     let json = format!(r#"{{"org.example.shop.price.requested.v1": {{"pipeline": "{step}", "percent": 20}}}}"#);
///     FiltersConfig::json("settings.json", &json)?.apply()?;
///
///     let price = PRICE_REQUESTED.run_filter(PriceRequested { cents: 500 }).expect("no step fails");
///     assert_eq!(price.cents, 400);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FiltersConfig {
    /// By filter type.
    settings: BTreeMap<String, Setting>,
}

impl FiltersConfig {
    /// Every filter runs all its steps.
    pub const fn new() -> Self {
        Self { settings: BTreeMap::new() }
    }

    /// Sets the steps of a filter, in the order in which they run.
    #[must_use]
    pub fn pipeline<S: Into<String>>(
        self,
        filter_type: impl Into<String>,
        steps: impl IntoIterator<Item = S>,
    ) -> Self {
        let steps = steps.into_iter().map(Into::into).collect();
        self.set(filter_type, |setting| setting.pipeline = Some(steps))
    }

    /// Turns steps of a filter off.
    #[must_use]
    pub fn off<S: Into<String>>(
        self,
        filter_type: impl Into<String>,
        steps: impl IntoIterator<Item = S>,
    ) -> Self {
        let steps = steps.into_iter().map(Into::into);
        self.set(filter_type, |setting| setting.off.extend(steps))
    }

    /// Sets whether a step of a filter that fails is passed over, whatever the step declares.
    #[must_use]
    pub fn fail_silently(self, filter_type: impl Into<String>, is_silent: bool) -> Self {
        self.set(filter_type, |setting| setting.fail_silently = Some(is_silent))
    }

    fn set(mut self, filter_type: impl Into<String>, set: impl FnOnce(&mut Setting)) -> Self {
        set(self.settings.entry(filter_type.into()).or_insert_with(|| Setting::at("the code")));
        self
    }

    /// Sets the steps of a filter in a test scope.
    pub(super) fn insert(&mut self, filter_type: &str, steps: Vec<String>) {
        let mut setting = Setting::at("the test scope");
        setting.pipeline = Some(steps);
        self.settings.insert(filter_type.to_owned(), setting);
    }

    /// Whether every filter runs all its steps.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// Lets the filters of the program run so. Runs then pay nothing for it.
    ///
    /// Call it at start-up, before any filter runs. Until then another configuration replaces this one. The same one may be applied
    /// again at any time.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, at once: filters and steps that the program does not have, with the nearest names; steps
    /// of other filters, and steps that are named twice; members that no step takes, and options that do not fit. Or a filter
    /// has run before: then its steps are final.
    pub fn apply(&self) -> Result<(), FiltersConfigError> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(FiltersConfigError::of(problems));
        }
        let mut applied = applied();
        if applied.config == *self {
            return Ok(());
        }
        if applied.is_final {
            return Err(FiltersConfigError::of(vec![FiltersConfigProblem::TooLate]));
        }
        applied.config = self.clone();
        // The log is foreign code: it may run filters.
        drop(applied);
        self.log();
        Ok(())
    }

    /// Logs what has been left out, and what has no effect.
    fn log(&self) {
        for (filter_type, setting) in &self.settings {
            let Ok(filter) = registry::get_filter_by_type(filter_type) else { continue };
            let choice = Choice::of(Some(setting));
            let steps: Vec<_> =
                choice.steps(filter.data_type()).iter().map(|step| &*step.info.path).collect();
            tracing::info!(filter_type, steps = steps.join(", "), "{OPEN_EDX_FILTERS_CONFIG} is applied");
            for left_out in registry::get().steps_of(filter.data_type()) {
                let is_named = |path: &String| **path == *left_out.info.path;
                if !steps.contains(&&*left_out.info.path) && !setting.off.iter().any(is_named) {
                    tracing::info!(filter_type, step = %left_out.info, "a step does not run: the pipeline in {} leaves it out", setting.place);
                }
            }
            if setting.has_log_level {
                tracing::warn!(filter_type, "`log_level` in {} has no effect", setting.place);
            }
        }
    }
}

/// What was applied last.
struct Applied {
    config: FiltersConfig,
    /// A filter has run.
    is_final: bool,
}

fn applied() -> MutexGuard<'static, Applied> {
    static APPLIED: Mutex<Applied> = Mutex::new(Applied { config: FiltersConfig::new(), is_final: false });
    sync::lock(&APPLIED)
}

/// What the settings say of a filter that runs now. From then on they are final.
pub(super) fn final_setting(filter_type: &str) -> Option<Setting> {
    let mut applied = applied();
    applied.is_final = true;
    applied.config.settings.get(filter_type).cloned()
}

/// The registered steps of a filter that run, in their order.
pub(super) fn steps_of(filter_type: &str, data: TypeId) -> Vec<&'static StepRegistration> {
    let setting = applied().config.settings.get(filter_type).cloned();
    Choice::of(setting.as_ref()).steps(data)
}

/// What is wrong with the options of steps as the settings are now, each with its step.
pub(crate) fn option_problems() -> Vec<(&'static StepInfo, String)> {
    let config = applied().config.clone();
    let filters = registry::all_filters().iter();
    let of_filter = |filter: &&'static dyn super::AnyFilter| {
        let choice = Choice::of(config.settings.get(filter.info().filter_type));
        let steps = choice.steps(filter.data_type()).into_iter();
        let wrong = steps.filter_map(|step| {
            let error = choice.options(step.options?).err()?;
            Some((&step.info, error))
        });
        wrong.collect::<Vec<_>>()
    };
    filters.flat_map(of_filter).collect()
}
