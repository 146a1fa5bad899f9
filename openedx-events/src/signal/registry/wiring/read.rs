//! Reading a wiring from the setting `EVENT_RECEIVERS`.

use serde_json::{Map, Value};

use super::error::{WiringError, WiringProblem};
use super::setting::Setting;
use super::{EVENT_RECEIVERS, Wiring};

impl Wiring {
    /// Reads the value of the setting from JSON: `{"path::of::receiver": {"enabled": false}}`. `place` names it in messages,
    /// such as by the path of its file.
    ///
    /// # Errors
    ///
    /// Everything that is no such object. Whether the program has the receivers is seen when it is [applied](Self::apply).
    pub fn json(place: &str, text: &str) -> Result<Self, WiringError> {
        match serde_json::from_str(text) {
            Ok(value) => {
                let (wiring, problems) = Self::of_value(place, value);
                if problems.is_empty() { Ok(wiring) } else { Err(WiringError::of(problems)) }
            }
            Err(error) => {
                let what = format!("invalid JSON: {error}");
                Err(WiringError::of(vec![WiringProblem::at(format!("{place}: {EVENT_RECEIVERS}"), what)]))
            }
        }
    }

    /// Reads the environment variable `EVENT_RECEIVERS`, which is JSON. If it is not set or empty, every receiver is as its code
    /// says.
    ///
    /// # Errors
    ///
    /// Those of [`json`](Self::json).
    pub fn environment() -> Result<Self, WiringError> {
        let text = std::env::var_os(EVENT_RECEIVERS).unwrap_or_default();
        let text = text.to_string_lossy();
        if text.trim().is_empty() { Ok(Self::new()) } else { Self::json("environment", &text) }
    }

    /// Reads what it can of the value of the setting.
    pub(crate) fn of_value(place: &str, value: Value) -> (Self, Vec<WiringProblem>) {
        let mut reading = Reading { place, problems: Vec::new() };
        let mut wiring = Self::new();
        for (path, members) in reading.members(EVENT_RECEIVERS, value, "paths of receivers") {
            let setting = reading.receiver(&format!("{EVENT_RECEIVERS}.{path:?}"), members);
            wiring.settings.insert(path, setting);
        }
        (wiring, reading.problems)
    }
}

struct Reading<'a> {
    /// The layer.
    place: &'a str,
    problems: Vec<WiringProblem>,
}

impl Reading<'_> {
    fn problem(&mut self, name: &str, what: impl Into<String>) {
        self.problems.push(WiringProblem::at(format!("{}: {name}", self.place), what));
    }

    fn members(&mut self, name: &str, value: Value, of: &str) -> Map<String, Value> {
        if let Value::Object(members) = value {
            return members;
        }
        self.problem(name, format!("expected an object of {of}"));
        Map::new()
    }

    fn receiver(&mut self, name: &str, value: Value) -> Setting {
        let mut setting = Setting::at(self.place);
        let is_object = value.is_object();
        let members = self.members(name, value, "`enabled` and `events`");
        if is_object && members.is_empty() {
            self.problem(name, "nothing is set; write `enabled` or `events`");
        }
        for (member, value) in members {
            let place = format!("{name}.{}", member.escape_debug());
            match (member.as_str(), value) {
                ("enabled", Value::Bool(enabled)) => setting.enabled = Some(enabled),
                ("enabled", _) => self.problem(&place, "expected `true` or `false`"),
                ("events", Value::Array(events)) => setting.events = self.events(&place, events),
                ("events", _) => self.problem(&place, TYPES),
                _ => {
                    let what = format!(
                        "unknown setting `{}` of a receiver; use `enabled` or `events`",
                        member.escape_debug()
                    );
                    self.problem(name, what);
                }
            }
        }
        setting
    }

    fn events(&mut self, place: &str, events: Vec<Value>) -> Option<Vec<String>> {
        let text = |event| if let Value::String(event) = event { Some(event) } else { None };
        let events: Option<Vec<_>> = events.into_iter().map(text).collect();
        if events.is_none() {
            self.problem(place, TYPES);
        }
        events
    }
}

const TYPES: &str = "expected a list of event types, such as [\"org.openedx.learning.*\"]";
