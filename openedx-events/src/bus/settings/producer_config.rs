//! What is produced, and where to: [`ProducerConfig`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::layer::PRODUCER_CONFIG;
use super::values::Values;
use crate::bus::message::key_path::KeyPath;
use crate::bus::message::topic::Topic;
use crate::signal::any::AnySignal;

/// What is produced: for each event type its topics.
pub type ProducerConfig = BTreeMap<&'static str, BTreeMap<String, TopicConfig>>;

/// How an event is produced to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicConfig {
    /// The field that is the event's key there.
    pub event_key_field: KeyPath,
    /// Whether it is produced at all.
    pub enabled: bool,
}

/// Reads the setting of this name: every type, topic and key path must be one.
pub(super) fn read(values: &mut Values) -> ProducerConfig {
    let Some(setting) = values.take(PRODUCER_CONFIG) else { return ProducerConfig::new() };
    let place = format!("{}: {PRODUCER_CONFIG}", setting.place);
    let mut config = ProducerConfig::new();
    for (event_type, topics) in values.members(&place, setting.value, "event types and their topics") {
        let place = format!("{place}.{event_type:?}");
        let signal = match crate::get_signal_by_type(&event_type) {
            Ok(signal) => signal,
            Err(error) => {
                values.problem(place, error.to_string());
                continue;
            }
        };
        if let Err(error) = signal.schema() {
            values.problem(place, format!("the event cannot go on the bus: {error}"));
            continue;
        }
        let topics = values.members(&place, topics, "topics and their settings");
        let topics = topics.into_iter().filter_map(|(topic, settings)| {
            let settings = of_topic(values, &format!("{place}.{topic:?}"), signal, &topic, settings)?;
            Some((topic, settings))
        });
        config.insert(signal.event_type(), topics.collect());
    }
    config
}

fn of_topic(
    values: &mut Values,
    place: &str,
    signal: &'static dyn AnySignal,
    topic: &str,
    settings: Value,
) -> Option<TopicConfig> {
    if let Err(error) = Topic::new(topic) {
        values.problem(place, error.to_string());
    }
    let mut settings = values.members(place, settings, "`event_key_field` and `enabled`");
    let path = match settings.remove("event_key_field") {
        Some(Value::String(path)) => match KeyPath::new(signal, &path) {
            Ok(path) => Some(path),
            Err(error) => {
                values.problem(format!("{place}.event_key_field"), error.to_string());
                None
            }
        },
        Some(_) => {
            values.problem(format!("{place}.event_key_field"), "expected a text, the path of a field");
            None
        }
        None => {
            values.problem(place, "`event_key_field` is missing: the path of the field that is the key");
            None
        }
    };
    let enabled = match settings.remove("enabled") {
        Some(Value::Bool(enabled)) => Some(enabled),
        Some(_) => {
            values.problem(format!("{place}.enabled"), "expected `true` or `false`");
            None
        }
        None => {
            values.problem(place, "`enabled` is missing: `true` or `false`");
            None
        }
    };
    for name in settings.keys() {
        values.problem(place, format!("`{}` is not a setting of a topic", name.escape_debug()));
    }
    Some(TopicConfig { event_key_field: path?, enabled: enabled? })
}
