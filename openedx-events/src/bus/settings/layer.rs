//! Layers of settings, and how one is merged over another.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::problem::SettingsProblem;
use crate::suggest::nearest;

/// A setting, and the layer that it comes from.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) place: String,
    pub(super) value: Value,
}

pub(super) const PRODUCER_CONFIG: &str = "EVENT_BUS_PRODUCER_CONFIG";
pub(super) const CONSUMER_CONFIG: &str = "EVENT_BUS_CONSUMER_CONFIG";

/// Settings that are objects: JSON in an environment, and merged member by member.
const OBJECTS: [&str; 2] = [PRODUCER_CONFIG, CONSUMER_CONFIG];

/// All settings.
const NAMES: &[&str] = &[
    "EVENTS_SERVICE_NAME",
    "EVENT_BUS_CONSUMER",
    CONSUMER_CONFIG,
    "EVENT_BUS_KEEP_DONE",
    "EVENT_BUS_OVERFLOW",
    "EVENT_BUS_PRODUCER",
    PRODUCER_CONFIG,
    "EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED",
    "EVENT_BUS_REDIS_CONNECTION_URL",
    "EVENT_BUS_REDIS_CONSUMERS_ENABLED",
    "EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT",
    "EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP",
    "EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT",
    "EVENT_BUS_REDIS_STREAM_MAX_LEN",
    "EVENT_BUS_REQUIRED",
    "EVENT_BUS_SPILL_PATH",
    "EVENT_BUS_TOPIC_PREFIX",
    "EVENT_BUS_URL",
    "SERVICE_VARIANT",
];

/// The prefix of the settings of a backend that only upstream has.
const FOREIGN: &str = "EVENT_BUS_KAFKA_";

/// Picks the settings from the variables of an environment.
pub(super) fn of_variables(
    variables: impl IntoIterator<Item = (String, String)>,
    problems: &mut Vec<SettingsProblem>,
) -> Map<String, Value> {
    let mut settings = Map::new();
    for (name, value) in variables {
        if !name.starts_with("EVENT_BUS") && !NAMES.contains(&name.as_str()) {
            continue;
        }
        let value = if OBJECTS.contains(&name.as_str()) {
            match serde_json::from_str(&value) {
                Ok(value) => value,
                Err(error) => {
                    let place = format!("environment: {name}");
                    problems
                        .push(SettingsProblem::at(place, format!("invalid JSON: {error}")).caused_by(error));
                    continue;
                }
            }
        } else {
            Value::String(value)
        };
        settings.insert(name, value);
    }
    settings
}

/// Merges a layer over the ones below.
pub(super) fn merge(
    under: &mut BTreeMap<String, Setting>,
    place: &str,
    over: Map<String, Value>,
    problems: &mut Vec<SettingsProblem>,
) {
    for (name, value) in over {
        if name.starts_with(FOREIGN) {
            continue;
        }
        if !NAMES.contains(&name.as_str()) {
            let near = nearest(&name, NAMES.iter().copied());
            let what = format!("unknown setting `{}`{near}", name.escape_debug());
            problems.push(SettingsProblem::at(place, what));
            continue;
        }
        match under.get_mut(&name).filter(|_| OBJECTS.contains(&name.as_str())) {
            Some(setting) => {
                merge_value(&mut setting.value, value);
                setting.place = format!("{}, {place}", setting.place);
            }
            None => {
                under.insert(name, Setting { place: place.to_owned(), value });
            }
        }
    }
}

/// Objects are merged member by member, anything else is replaced.
fn merge_value(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge_value(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}
