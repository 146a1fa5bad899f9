//! Settings as values of their types: [`Values`].

use std::collections::BTreeMap;
use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Value};

use super::layer::Setting;
use super::problem::{SettingsError, SettingsProblem};
use super::text::{control, trimmed};
use crate::receiver::delivery::InUnits;

/// Takes settings out as values of their types, and collects the problems.
pub(super) struct Values {
    settings: BTreeMap<String, Setting>,
    problems: Vec<SettingsProblem>,
    unknown_events: UnknownEvents,
}

/// What becomes of the settings of events that this program does not have.
pub(super) enum UnknownEvents {
    /// They are problems.
    Refuse,
    /// They are left out. Their types are collected.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "only commands look at the bus of other programs")
    )]
    LeaveOut(Vec<String>),
}

impl Values {
    pub(super) fn new(
        settings: BTreeMap<String, Setting>,
        problems: Vec<SettingsProblem>,
        unknown_events: UnknownEvents,
    ) -> Self {
        Self { settings, problems, unknown_events }
    }

    /// There are settings of an event that this program does not have.
    pub(super) fn unknown_event(
        &mut self,
        place: String,
        event_type: String,
        error: impl Error + Send + Sync + 'static,
    ) {
        match &mut self.unknown_events {
            UnknownEvents::Refuse => self.invalid(place, error),
            UnknownEvents::LeaveOut(types) => types.push(event_type),
        }
    }

    /// Whether what the program does not have is left out.
    pub(super) fn leaves_out(&self) -> bool {
        matches!(self.unknown_events, UnknownEvents::LeaveOut(_))
    }

    /// Takes a setting. Null counts as not set, as in upstream.
    pub(super) fn take(&mut self, name: &str) -> Option<Setting> {
        self.settings.remove(name).filter(|setting| !setting.value.is_null())
    }

    pub(super) fn problem(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.problems.push(SettingsProblem::at(place, what));
    }

    /// A problem whose text is that of its cause.
    pub(super) fn invalid(&mut self, place: impl Into<String>, error: impl Error + Send + Sync + 'static) {
        self.problems.push(SettingsProblem::at(place, error.to_string()).caused_by(error));
    }

    /// Text without what is around it; `None` if it is empty.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let setting = self.take(name)?;
        let Value::String(text) = setting.value else {
            self.wrong(&setting.place, name, "text");
            return None;
        };
        let text = trimmed(&text);
        if let Some(what) = control(text) {
            self.problem(format!("{}: {name}", setting.place), what);
            return None;
        }
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    /// `true` or `false`, or text for either, as in an environment.
    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let setting = self.take(name)?;
        let value = match &setting.value {
            Value::Bool(value) => Some(*value),
            Value::String(text) => match trimmed(text).to_ascii_lowercase().as_str() {
                "" => return None,
                "1" | "true" | "yes" | "on" => Some(true),
                "0" | "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if value.is_none() {
            self.wrong(&setting.place, name, "`true` or `false`");
        }
        value
    }

    /// A whole number of at least 1.
    pub(super) fn number<T: FromStr + PartialOrd + From<u8>>(&mut self, name: &str) -> Option<T> {
        let setting = self.take(name)?;
        let text = match &setting.value {
            Value::String(text) if trimmed(text).is_empty() => return None,
            Value::String(text) => trimmed(text).to_owned(),
            other => other.to_string(),
        };
        let number = text.parse().ok().filter(|number| *number >= T::from(1));
        if number.is_none() {
            self.wrong(&setting.place, name, "a whole number of at least 1");
        }
        number
    }

    /// A whole number of at least 1 with a unit, such as `168h`.
    pub(super) fn duration(&mut self, name: &str) -> Option<Duration> {
        let setting = self.take(name)?;
        let duration = match &setting.value {
            Value::String(text) if trimmed(text).is_empty() => return None,
            Value::String(text) => trimmed(text).parse().ok().map(|InUnits(time)| time),
            _ => None,
        };
        if duration.is_none() {
            self.wrong(&setting.place, name, "a duration: a whole number of at least 1 with a unit, `ms`, `s`, `m` or `h`, such as \"168h\"");
        }
        duration
    }

    /// One of a few strings, with the place of the setting.
    pub(super) fn one_of(&mut self, name: &str, strings: &[&str]) -> Option<(String, String)> {
        let place = self.settings.get(name).map(|setting| setting.place.clone()).unwrap_or_default();
        let text = self.text(name)?;
        if strings.contains(&text.as_str()) {
            return Some((text, place));
        }
        self.wrong(&place, name, &format!("one of `{}`", strings.join("`, `")));
        None
    }

    /// The members of an object. Anything else is a problem, and has none.
    pub(super) fn members(&mut self, place: &str, value: Value, of: &str) -> Map<String, Value> {
        if let Value::Object(members) = value {
            return members;
        }
        self.problem(place, format!("expected an object of {of}"));
        Map::new()
    }

    /// The value is not shown, as it may be a secret.
    fn wrong(&mut self, place: &str, name: &str, expected: &str) {
        self.problem(format!("{place}: {name}"), format!("expected {expected}"));
    }

    /// The types of the events that were left out.
    pub(super) fn finish(self) -> Result<Vec<String>, SettingsError> {
        if !self.problems.is_empty() {
            return Err(SettingsError { problems: self.problems });
        }
        Ok(match self.unknown_events {
            UnknownEvents::Refuse => Vec::new(),
            UnknownEvents::LeaveOut(types) => types,
        })
    }
}
