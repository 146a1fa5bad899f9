//! Layers of settings, and how one is merged over another.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::problem::SettingsProblem;
use super::text::trimmed;
use crate::suggest::{is_near, nearest};

/// A setting, and the layer that it comes from.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) place: String,
    pub(super) value: Value,
}

pub(super) const PRODUCER_CONFIG: &str = "EVENT_BUS_PRODUCER_CONFIG";
pub(super) use crate::signal::registry::wiring::EVENT_RECEIVERS;
pub(super) const CONSUMER_CONFIG: &str = "EVENT_BUS_CONSUMER_CONFIG";
#[cfg(feature = "filters")]
pub(super) use crate::filters::OPEN_EDX_FILTERS_CONFIG as FILTERS_CONFIG;
/// Known without the feature `filters`, too: programs without it share the settings of those with it.
#[cfg(not(feature = "filters"))]
pub(super) const FILTERS_CONFIG: &str = "OPEN_EDX_FILTERS_CONFIG";
/// Known without the feature `webhook`, too: programs without it share the settings of those with it.
pub(super) const WEBHOOKS: &str = "EVENT_WEBHOOKS";

/// Settings that are objects: JSON in an environment, and merged member by member.
const OBJECTS: [&str; 5] = [PRODUCER_CONFIG, CONSUMER_CONFIG, EVENT_RECEIVERS, FILTERS_CONFIG, WEBHOOKS];

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
    "EVENT_BUS_STATUS",
    "EVENT_BUS_TOPIC_PREFIX",
    "EVENT_BUS_URL",
    EVENT_RECEIVERS,
    WEBHOOKS,
    FILTERS_CONFIG,
    "SERVICE_VARIANT",
];

/// How most of our names begin.
const OURS: &str = "EVENT_BUS";
/// How those begin that are not of the bus.
const HOOKS: [&str; 2] = ["EVENT_RECEIVER", "OPEN_EDX_FILTER"];
/// The prefix of the settings of a backend that only upstream has.
const FOREIGN: &str = "EVENT_BUS_KAFKA_";

/// Picks the settings from the variables of an environment. Those that only begin like ours are added to `unknown`: others make them,
/// such as Kubernetes for a service that is named `event-bus`.
pub(super) fn of_variables(
    variables: impl IntoIterator<Item = (String, String)>,
    unknown: &mut BTreeSet<String>,
    problems: &mut Vec<SettingsProblem>,
) -> Map<String, Value> {
    let mut settings = Map::new();
    for (name, value) in variables {
        if !NAMES.contains(&name.as_str()) {
            let is_like_ours = name.starts_with(OURS) || HOOKS.iter().any(|hook| name.starts_with(hook));
            if is_like_ours && !name.starts_with(FOREIGN) {
                unknown.insert(name);
            }
            continue;
        }
        let value = if OBJECTS.contains(&name.as_str()) {
            // Empty is not set, as for every other variable.
            if trimmed(&value).is_empty() {
                continue;
            }
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
            let what = format!("unknown setting `{}`{}", name.escape_debug(), near(&name));
            problems.push(SettingsProblem::at(place, what));
            continue;
        }
        let is_object = OBJECTS.contains(&name.as_str());
        if is_object && !value.is_object() {
            // Not merged, as it would drop what the layers below have set.
            problems.push(SettingsProblem::at(format!("{place}: {name}"), no_object(&value)));
            continue;
        }
        match under.get_mut(&name).filter(|_| is_object) {
            Some(setting) => {
                merge_value(&mut setting.value, value, &format!("{place}: {name}"), problems);
                setting.place = format!("{}, {place}", setting.place);
            }
            None => {
                under.insert(name, Setting { place: place.to_owned(), value });
            }
        }
    }
}

/// `, did you mean …?`. The beginning that all names have in common makes none of them similar.
pub(super) fn near(unknown: &str) -> String {
    fn rest(name: &str) -> &str {
        name.strip_prefix(OURS).unwrap_or(name)
    }
    nearest(unknown, NAMES.iter().copied().filter(|name| is_near(rest(unknown), rest(name))))
}

/// Objects are merged member by member, anything else is replaced. What is not an object replaces none: all that is in it would be
/// dropped.
fn merge_value(under: &mut Value, over: Value, place: &str, problems: &mut Vec<SettingsProblem>) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                let place =
                    if name.contains('.') { format!("{place}.{name:?}") } else { format!("{place}.{name}") };
                merge_value(under.entry(name).or_insert(Value::Null), value, &place, problems);
            }
        }
        (Value::Object(_), over) => problems.push(SettingsProblem::at(place, no_object(&over))),
        (under, over) => *under = over,
    }
}

fn no_object(found: &Value) -> String {
    let remedy =
        if found.is_null() { ", found null; leave it out to keep what lower layers set" } else { "" };
    format!("expected an object{remedy}")
}
