//! What is wrong with settings: [`SettingsError`].

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::chain::debug_like_display;
use crate::problem_list::write_problems;

/// One thing that is wrong with settings. Never shows a value that may be a secret.
#[derive(Clone)]
pub struct SettingsProblem {
    place: String,
    what: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl SettingsProblem {
    pub(in crate::bus) fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), source: None }
    }

    /// The problem with its cause, which must not show secrets either.
    pub(super) fn caused_by(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// Where the problem is: the layer, and the path of the setting in it.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl PartialEq for SettingsProblem {
    fn eq(&self, other: &Self) -> bool {
        (&self.place, &self.what) == (&other.place, &other.what)
    }
}

impl Eq for SettingsProblem {}

debug_like_display!(SettingsProblem);

impl Error for SettingsProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Everything that is wrong with settings, in all layers. [`source`](Error::source) is the first problem.
#[derive(Clone, PartialEq, Eq)]
pub struct SettingsError {
    pub(in crate::bus) problems: Vec<SettingsProblem>,
}

impl SettingsError {
    /// The problems; at least one.
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_problems(f, &self.problems, " with the settings of the bus")
    }
}

debug_like_display!(SettingsError);

impl Error for SettingsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problems.first().map(|problem| problem as &(dyn Error + 'static))
    }
}
