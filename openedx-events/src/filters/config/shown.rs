//! What the command line shows of the steps of a filter: [`ShownSteps`].

use super::choice::Choice;
use super::{applied, registry};
use crate::filters::filter::AnyFilter;
use crate::filters::step::{StepInfo, StepRegistration};
use crate::receiver::similar_state::ShortName;

/// The registered steps of a filter.
pub(crate) struct ShownSteps {
    /// The layers of the settings that name the filter.
    pub(crate) place: Option<String>,
    /// In the order in which they run.
    pub(crate) running: Vec<ShownStep>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// A step, as the settings let it run.
pub(crate) struct ShownStep {
    pub(crate) info: &'static StepInfo,
    /// Whether the next step runs if this one fails.
    pub(crate) passes_over: bool,
    /// The types of the states that it takes.
    pub(crate) states: Vec<String>,
    pub(crate) options: ShownOptions,
}

/// The options that a step takes.
pub(crate) enum ShownOptions {
    None,
    /// Those of these names.
    Named(&'static [&'static str]),
    /// Whatever there is.
    Any,
}

/// A step that does not run.
pub(crate) struct LeftOut {
    pub(crate) step: ShownStep,
    /// The member of the setting that says so: `pipeline`, which does not name it, or `off`.
    pub(crate) member: &'static str,
}

impl ShownSteps {
    pub(crate) fn of(filter: &dyn AnyFilter) -> Self {
        let setting = applied().config.settings.get(filter.info().filter_type).cloned();
        let choice = Choice::of(setting.as_ref());
        let running = choice.steps(filter.data_type());
        let is_off = |step: &StepRegistration| {
            setting.as_ref().is_some_and(|setting| setting.off.iter().any(|path| *path == *step.info.path))
        };
        let does_not_run = |step: &&StepRegistration| !running.iter().any(|each| std::ptr::eq(*each, *step));
        let left_out =
            registry::get().steps_of(filter.data_type()).filter(does_not_run).map(|step| LeftOut {
                step: ShownStep::of(step, &choice),
                member: if is_off(step) { "off" } else { "pipeline" },
            });
        Self {
            left_out: left_out.collect(),
            running: running.iter().map(|step| ShownStep::of(step, &choice)).collect(),
            place: setting.as_ref().map(|setting| setting.place.clone()),
        }
    }
}

impl ShownStep {
    fn of(step: &'static StepRegistration, choice: &Choice<'_>) -> Self {
        Self {
            info: &step.info,
            passes_over: choice.passes_over(&step.info),
            states: step.states.iter().map(|state| ShortName((state.type_name)()).to_string()).collect(),
            options: match step.options {
                None => ShownOptions::None,
                Some(need) => need.members().map_or(ShownOptions::Any, ShownOptions::Named),
            },
        }
    }
}
