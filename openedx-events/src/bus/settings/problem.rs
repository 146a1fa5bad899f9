//! What is wrong with settings: [`SettingsError`].

use std::fmt;

/// Something that is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    place: String,
    what: String,
}

impl SettingsProblem {
    pub(super) fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    /// Where: the layer, and the path in it.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Everything that is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    pub(super) problems: Vec<SettingsProblem>,
}

impl SettingsError {
    /// What is wrong; at least one thing.
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => problem.fmt(f),
            problems => {
                write!(f, "{} problems with the settings of the bus:", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}

impl std::error::Error for SettingsError {}
