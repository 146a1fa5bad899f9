//! The steps of one filter that a setting chooses: [`Choice`].

use std::any::TypeId;

use serde_json::Map;

use super::FiltersConfig;
use super::setting::Setting;
use crate::filters::options::{InvalidOption, Options, OptionsNeed};
use crate::filters::registry;
use crate::filters::step::{OnFailure, StepInfo, StepRegistration};

/// Chooses the steps of one filter.
pub(crate) struct Choice<'s> {
    /// `None` if there is no setting for the filter.
    setting: Option<&'s Setting>,
    /// Whether no step runs without a setting.
    is_of_scope: bool,
}

impl<'s> Choice<'s> {
    pub(in crate::filters) const fn of(setting: Option<&'s Setting>) -> Self {
        Self { setting, is_of_scope: false }
    }

    /// In a test scope, which runs no step that it has not chosen.
    pub(in crate::filters) fn of_scope(config: &'s FiltersConfig, filter_type: &str) -> Self {
        Self { setting: config.settings.get(filter_type), is_of_scope: true }
    }

    /// The chosen steps of the filter with these data, in the order in which they run.
    pub(in crate::filters) fn steps(&self, data: TypeId) -> Vec<&'static StepRegistration> {
        let all = || registry::get().steps_of(data);
        let Some(setting) = &self.setting else {
            return if self.is_of_scope { Vec::new() } else { all().collect() };
        };
        let is_on = |step: &&StepRegistration| !setting.off.iter().any(|path| *path == *step.info.path);
        match &setting.pipeline {
            None => all().filter(is_on).collect(),
            Some(paths) => {
                let of_path = |path: &String| all().find(|step| *step.info.path == **path);
                paths.iter().filter_map(of_path).filter(is_on).collect()
            }
        }
    }

    /// Reads the options of a step.
    ///
    /// # Errors
    ///
    /// What is wrong with them, and where.
    pub(in crate::filters) fn options(&self, need: &OptionsNeed) -> Result<Options, String> {
        let none = Map::new();
        let members = self.setting.as_ref().map_or(&none, |setting| &setting.options);
        need.read(members).map_err(
            |InvalidOption { path, error }| {
                if path.is_empty() { error } else { format!("`{path}`: {error}") }
            },
        )
    }

    /// Whether the next step runs if this one fails.
    pub(in crate::filters) fn passes_over(&self, step: &StepInfo) -> bool {
        let declared = step.on_failure == OnFailure::PassOver;
        self.setting.as_ref().and_then(|setting| setting.fail_silently).unwrap_or(declared)
    }
}
