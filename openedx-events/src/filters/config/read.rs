//! Reading the configuration from the setting `OPEN_EDX_FILTERS_CONFIG`.

use serde_json::{Map, Value};

use super::error::{FiltersConfigError, FiltersConfigProblem};
use super::setting::Setting;
use super::{FiltersConfig, OPEN_EDX_FILTERS_CONFIG};

impl FiltersConfig {
    /// Reads the value of the setting from JSON: `{"filter type": {"pipeline": ["path::of::step"]}}`. `place` names it in messages,
    /// such as by the path of its file.
    ///
    /// # Errors
    ///
    /// Everything that is no such object. Whether the program has the filters and steps is seen when it is
    /// [applied](Self::apply).
    pub fn json(place: &str, text: &str) -> Result<Self, FiltersConfigError> {
        match serde_json::from_str(text) {
            Ok(value) => {
                let (config, problems) = Self::of_value(place, value);
                if problems.is_empty() { Ok(config) } else { Err(FiltersConfigError::of(problems)) }
            }
            Err(error) => {
                let place = format!("{place}: {OPEN_EDX_FILTERS_CONFIG}");
                let problem = FiltersConfigProblem::at(place, format!("invalid JSON: {error}"));
                Err(FiltersConfigError::of(vec![problem]))
            }
        }
    }

    /// Reads the environment variable `OPEN_EDX_FILTERS_CONFIG`, which is JSON. If it is not set or empty, every filter runs all its
    /// steps.
    ///
    /// # Errors
    ///
    /// Those of [`json`](Self::json).
    pub fn environment() -> Result<Self, FiltersConfigError> {
        let text = std::env::var_os(OPEN_EDX_FILTERS_CONFIG).unwrap_or_default();
        let text = text.to_string_lossy();
        if text.trim().is_empty() { Ok(Self::new()) } else { Self::json("environment", &text) }
    }

    /// Reads what it can of the value of the setting.
    pub(crate) fn of_value(place: &str, value: Value) -> (Self, Vec<FiltersConfigProblem>) {
        let mut reading = Reading { place, problems: Vec::new() };
        let mut config = Self::new();
        let Value::Object(filters) = value else {
            reading.problem(OPEN_EDX_FILTERS_CONFIG, "expected an object of filter types");
            return (config, reading.problems);
        };
        for (filter_type, value) in filters {
            let setting = reading.filter(&format!("{OPEN_EDX_FILTERS_CONFIG}.{filter_type:?}"), value);
            config.settings.insert(filter_type, setting);
        }
        (config, reading.problems)
    }
}

struct Reading<'a> {
    /// The layer.
    place: &'a str,
    problems: Vec<FiltersConfigProblem>,
}

impl Reading<'_> {
    fn problem(&mut self, name: &str, what: impl Into<String>) {
        self.problems.push(FiltersConfigProblem::at(format!("{}: {name}", self.place), what));
    }

    fn filter(&mut self, name: &str, value: Value) -> Setting {
        let mut setting = Setting::at(self.place);
        match value {
            Value::Object(members) => self.members(name, members, &mut setting),
            Value::String(_) | Value::Array(_) => setting.pipeline = self.paths(name, value),
            _ => self
                .problem(name, "expected an object with `pipeline`, a list of paths of steps, or one path"),
        }
        setting
    }

    fn members(&mut self, name: &str, members: Map<String, Value>, setting: &mut Setting) {
        for (member, value) in members {
            let place = format!("{name}.{}", member.escape_debug());
            match (member.as_str(), value) {
                ("pipeline", value) => setting.pipeline = self.paths(&place, value),
                ("off", value) => setting.off = self.paths(&place, value).unwrap_or_default(),
                ("fail_silently", Value::Bool(is_silent)) => setting.fail_silently = Some(is_silent),
                ("fail_silently", _) => self.problem(&place, "expected `true` or `false`"),
                ("log_level", _) => setting.has_log_level = true,
                (_, value) => {
                    setting.options.insert(member, value);
                }
            }
        }
    }

    /// A list of paths, or one path.
    fn paths(&mut self, place: &str, value: Value) -> Option<Vec<String>> {
        let paths = match value {
            Value::String(path) => Some(vec![path]),
            Value::Array(paths) => {
                let text = |path| if let Value::String(path) = path { Some(path) } else { None };
                paths.into_iter().map(text).collect()
            }
            _ => None,
        };
        if paths.is_none() {
            self.problem(
                place,
                "expected a list of paths of steps, such as [\"my_crate::members_only\"], or one path",
            );
        }
        paths
    }
}
