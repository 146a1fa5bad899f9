//! What is produced, and where to: [`ProducerConfig`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::layer::PRODUCER_CONFIG;
use super::values::Values;
use crate::bus::message::key_path::KeyPath;
use crate::bus::message::topic::Topic;
use crate::signal::any::AnySignal;

/// What is produced: the topics of each event type.
///
/// This is the setting `EVENT_BUS_PRODUCER_CONFIG`, read from a file or built in code:
///
/// ```
/// use openedx_events::bus::{KeyPath, ProducerConfig, TopicConfig};
/// use openedx_events::signal;
///
/// #[signal("org.example.post.card.written.v1")]
/// pub struct CardWritten {
///     pub addressee: String,
/// }
///
/// let key = KeyPath::new(&CARD_WRITTEN, "addressee")?;
/// let config = ProducerConfig::new().topic(&CARD_WRITTEN, "cards", TopicConfig::new(key));
///
/// let topic = config.get("org.example.post.card.written.v1", "cards").expect("it was set");
/// assert_eq!((topic.event_key_field.as_str(), topic.enabled), ("addressee", true));
/// # Ok::<(), openedx_events::bus::InvalidKeyPath>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProducerConfig {
    /// By event type and topic, without the prefix.
    topics: BTreeMap<&'static str, BTreeMap<String, TopicConfig>>,
}

impl ProducerConfig {
    /// Nothing is produced.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how the events of a signal are produced to a topic, whose name is given without the prefix.
    #[must_use]
    pub fn topic(mut self, signal: &dyn AnySignal, topic: impl Into<String>, config: TopicConfig) -> Self {
        self.topics.entry(signal.event_type()).or_default().insert(topic.into(), config);
        self
    }

    /// How the events of a type are produced to a topic, whose name is given without the prefix.
    pub fn get(&self, event_type: &str, topic: &str) -> Option<&TopicConfig> {
        self.topics.get(event_type)?.get(topic)
    }

    /// The event types, topics without the prefix, and settings, sorted by type and topic.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str, &TopicConfig)> {
        self.topics.iter().flat_map(|(event_type, topics)| {
            topics.iter().map(|(topic, config)| (*event_type, topic.as_str(), config))
        })
    }

    /// Whether no topic is configured.
    pub fn is_empty(&self) -> bool {
        self.topics.values().all(BTreeMap::is_empty)
    }

    /// The event types with their topics.
    pub(in crate::bus) fn by_type(
        &self,
    ) -> impl Iterator<Item = (&'static str, &BTreeMap<String, TopicConfig>)> {
        self.topics.iter().map(|(event_type, topics)| (*event_type, topics))
    }
}

/// How the events of a type are produced to a topic.
///
/// | field | in settings | meaning |
/// |---|---|---|
/// | `event_key_field` | text; may be left out where the signal declares a key, as in `#[signal(…, key = …)]` | the path of the field that holds the key. Another path than the declared one overrides it, and the producer logs this once when it starts |
/// | `enabled` | `true` or `false`, required | whether the events are produced |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicConfig {
    /// The field that holds the key of the event in this topic.
    pub event_key_field: KeyPath,
    /// Whether events are produced. `true` after [`new`](Self::new).
    pub enabled: bool,
}

impl TopicConfig {
    /// Events are produced with this key.
    pub fn new(event_key_field: KeyPath) -> Self {
        Self { event_key_field, enabled: true }
    }

    /// Sets [`event_key_field`](Self::event_key_field).
    #[must_use]
    pub fn event_key_field(self, event_key_field: KeyPath) -> Self {
        Self { event_key_field, ..self }
    }

    /// Sets [`enabled`](Self::enabled).
    #[must_use]
    pub fn enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }
}

/// Reads `EVENT_BUS_PRODUCER_CONFIG`. Every event type, topic and key path must be valid.
pub(super) fn read(values: &mut Values) -> ProducerConfig {
    let mut config = ProducerConfig::new();
    let Some(setting) = values.take(PRODUCER_CONFIG) else { return config };
    let place = format!("{}: {PRODUCER_CONFIG}", setting.place);
    for (event_type, topics) in values.members(&place, setting.value, "event types and their topics") {
        let place = format!("{place}.{event_type:?}");
        let signal = match crate::get_signal_by_type(&event_type) {
            Ok(signal) => signal,
            Err(error) => {
                values.unknown_event(place, event_type, error);
                continue;
            }
        };
        if let Err(error) = signal.schema() {
            values.problem(place, format!("the event cannot go on the bus: {error}"));
            continue;
        }
        for (topic, settings) in values.members(&place, topics, "topics and their settings") {
            if let Some(settings) = of_topic(values, &format!("{place}.{topic:?}"), signal, &topic, settings)
            {
                config = config.topic(signal, topic, settings);
            }
        }
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
        values.invalid(place, error);
    }
    let mut settings = values.members(place, settings, "`event_key_field` and `enabled`");
    let path = match settings.remove("event_key_field") {
        Some(Value::String(path)) => match KeyPath::new(signal, &path) {
            Ok(path) => Some(path),
            Err(error) => {
                values.invalid(format!("{place}.event_key_field"), error);
                None
            }
        },
        Some(_) => {
            values.problem(format!("{place}.event_key_field"), "expected text, the path of a field");
            None
        }
        None => match signal.info().key_field.map(|path| KeyPath::new(signal, path)) {
            Some(Ok(path)) => Some(path),
            Some(Err(error)) => {
                values.invalid(place, error);
                None
            }
            None => {
                values.problem(
                    place,
                    "`event_key_field` is missing, and the signal declares no key; set it to the path of the field that is the key",
                );
                None
            }
        },
    };
    let enabled = match settings.remove("enabled") {
        Some(Value::Bool(enabled)) => Some(enabled),
        Some(_) => {
            values.problem(format!("{place}.enabled"), "expected `true` or `false`");
            None
        }
        None => {
            values.problem(place, "`enabled` is missing; set it to `true` or `false`");
            None
        }
    };
    for name in settings.keys() {
        let what = format!(
            "unknown setting `{}` of a topic; use `event_key_field` or `enabled`",
            name.escape_debug()
        );
        values.problem(place, what);
    }
    Some(TopicConfig { event_key_field: path?, enabled: enabled? })
}
