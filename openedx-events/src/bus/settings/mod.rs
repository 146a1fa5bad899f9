//! The settings of the bus: [`BusSettings`].

mod consumer_config;
mod layer;
mod problem;
mod producer_config;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

pub use problem::{SettingsError, SettingsProblem};
pub use producer_config::{ProducerConfig, TopicConfig};

use self::layer::Setting;
use self::values::Values;
use crate::bus::consume::ConsumerSettings;

/// The settings of the bus, under upstream's names.
///
/// They come in layers, from TOML, JSON and the environment; a later layer goes before an earlier one, and
/// `EVENT_BUS_PRODUCER_CONFIG` is merged by event type, topic and member, as upstream merges it, and
/// `EVENT_BUS_CONSUMER_CONFIG` by member. What is wrong in any of them is told of at once, each thing with its place.
///
/// | setting | meaning | default |
/// |---|---|---|
/// | `EVENT_BUS_URL` | the address of the bus, see [`open`](super::open()) | `EVENT_BUS_REDIS_CONNECTION_URL` |
/// | `EVENT_BUS_REDIS_CONNECTION_URL` | the address of Redis | none |
/// | `EVENT_BUS_PRODUCER_CONFIG` | what is produced: `{type: {topic: {"event_key_field": text, "enabled": bool}}}` | `{}` |
/// | `EVENT_BUS_CONSUMER_CONFIG` | how consumers go about: the fields of [`ConsumerSettings`] | `{}` |
/// | `EVENT_BUS_TOPIC_PREFIX` | stands before the names of topics, with a hyphen | none |
/// | `EVENT_BUS_REQUIRED` | whether a bus that cannot be reached is an error at the start | `false` |
/// | `EVENT_BUS_OVERFLOW` | what happens when the queue is full: `spill`, `block` or `fail` | `spill` with a path, else `block` |
/// | `EVENT_BUS_SPILL_PATH` | the file for events that the queue has no room for (feature `sqlite`) | none |
/// | `EVENT_BUS_KEEP_DONE` | how long entries stay that all groups have done, such as `168h` | for ever on Redis, not at all in SQLite |
/// | `EVENT_BUS_REDIS_CONSUMERS_ENABLED` | whether to consume at all | `true` |
/// | `EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT` | [`consecutive_errors_limit`](ConsumerSettings::consecutive_errors_limit), unless `EVENT_BUS_CONSUMER_CONFIG` has it | none |
/// | `EVENT_BUS_REDIS_STREAM_MAX_LEN` | trim topics to about so many entries, read or not | never |
/// | `EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED` | whether each event that is produced is logged, at the level `info` | `true` |
/// | `EVENTS_SERVICE_NAME`, `SERVICE_VARIANT` | the service in the `source` of events | `SERVICE_NAME_UNSET` |
///
/// Taken and without effect are `EVENT_BUS_PRODUCER`, `EVENT_BUS_CONSUMER` (the address says what the bus is),
/// `EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT` and `EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP` (reads end by themselves), and
/// those that begin with `EVENT_BUS_KAFKA_`.
///
/// In `EVENT_BUS_CONSUMER_CONFIG` times are texts with a unit, as in the attributes of receivers: `"200ms"`, `"30s"`, `"5m"`,
/// `"2h"`. A limit that is to be none is `"never"`, and choices are words in lower case:
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::{AckPolicy, BusSettings};
///
/// let toml = r#"
/// [EVENT_BUS_CONSUMER_CONFIG]
/// workers = 8
/// stuck_after = "never"
/// ack_policy = "always"
/// retry = { max_attempts = 8, initial_backoff = "1s" }
/// receivers."my_service::certificates::issue" = { timeout = "10s", dedup = true }
/// "#;
/// let consumer = BusSettings::layers().toml("bus.toml", toml).read()?.consumer;
/// assert_eq!((consumer.workers, consumer.stuck_after, consumer.ack_policy), (8, None, AckPolicy::Always));
/// assert_eq!(consumer.retry.initial_backoff, Duration::from_secs(1));
/// assert!(consumer.receivers["my_service::certificates::issue"].dedup);
/// # Ok::<(), openedx_events::bus::SettingsError>(())
/// ```
///
/// ```
/// use openedx_events::bus::BusSettings;
///
/// let settings = BusSettings::layers()
///     .toml("bus.toml", "EVENT_BUS_URL = 'memory:'\nEVENT_BUS_TOPIC_PREFIX = 'dev'")
///     .json("override.json", r#"{"EVENT_BUS_TOPIC_PREFIX": "prod"}"#)
///     .read()?;
/// assert_eq!((settings.url.as_deref(), settings.topic_prefix.as_str()), (Some("memory:"), "prod"));
///
/// let error = BusSettings::layers().json("bus.json", r#"{"EVENT_BUS_TOPIC_PREFX": "prod"}"#).read().unwrap_err();
/// assert!(error.to_string().starts_with("bus.json: `EVENT_BUS_TOPIC_PREFX` is not a setting of the bus, did you mean"));
/// # Ok::<(), openedx_events::bus::SettingsError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BusSettings {
    /// The address of the bus. May hold a password.
    pub url: Option<String>,
    /// Stands before the names of topics; empty for none.
    pub topic_prefix: String,
    /// What is produced.
    pub producer_config: ProducerConfig,
    /// Whether a bus that cannot be reached is an error at the start.
    pub required: bool,
    /// What happens when the queue is full; `None` for the default.
    pub overflow: Option<String>,
    /// The file for events that the queue has no room for.
    pub spill_path: Option<PathBuf>,
    /// How long entries stay that all groups of their topic have done; `None` for the backend's default.
    pub retention: Option<Duration>,
    /// Whether to consume at all.
    pub consumers_enabled: bool,
    /// How consumers go about, for [`EventConsumer::settings`](super::EventConsumer::settings).
    pub consumer: ConsumerSettings,
    /// Trim topics to about so many entries, read or not.
    pub stream_max_len: Option<u64>,
    /// Whether each event that is produced is logged.
    pub audit_logging: bool,
}

impl BusSettings {
    /// No layers yet.
    pub fn layers() -> Layers {
        Layers::default()
    }
}

/// The layers of the settings.
#[must_use = "call `read()`"]
#[derive(Debug, Default)]
pub struct Layers {
    settings: BTreeMap<String, Setting>,
    problems: Vec<SettingsProblem>,
}

impl Layers {
    /// One more layer, from a text of TOML. `place` names it in messages: the path of the file.
    pub fn toml(mut self, place: &str, text: &str) -> Self {
        match toml::from_str(text) {
            Ok(settings) => self.add(place, settings),
            Err(error) => {
                self.problems.push(SettingsProblem::at(place, format!("not TOML: {}", error.message())));
            }
        }
        self
    }

    /// One more layer, from a text of JSON.
    pub fn json(mut self, place: &str, text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(settings) => self.add(place, settings),
            Err(error) => {
                self.problems.push(SettingsProblem::at(place, format!("not an object of JSON: {error}")));
            }
        }
        self
    }

    /// One more layer, from the environment of this process: `EVENT_BUS_PRODUCER_CONFIG` and `EVENT_BUS_CONSUMER_CONFIG` are
    /// texts of JSON there.
    pub fn environment(self) -> Self {
        self.variables(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        }))
    }

    /// [`environment`](Self::environment) of these variables. Those that are not the bus's are passed over.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let settings = layer::of_variables(variables, &mut self.problems);
        self.add("environment", settings);
        self
    }

    fn add(&mut self, place: &str, settings: serde_json::Map<String, Value>) {
        layer::merge(&mut self.settings, place, settings, &mut self.problems);
    }

    /// The settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any layer: unknown names, event types, topics and key paths, and values that are none.
    pub fn read(self) -> Result<BusSettings, SettingsError> {
        let mut values = Values::new(self.settings, self.problems);
        let settings = BusSettings {
            url: values.text("EVENT_BUS_URL").or_else(|| values.text("EVENT_BUS_REDIS_CONNECTION_URL")),
            topic_prefix: values.text("EVENT_BUS_TOPIC_PREFIX").unwrap_or_default(),
            producer_config: producer_config::read(&mut values),
            required: values.boolean("EVENT_BUS_REQUIRED").unwrap_or_default(),
            overflow: values.one_of("EVENT_BUS_OVERFLOW", &["spill", "block", "fail"]),
            spill_path: values.text("EVENT_BUS_SPILL_PATH").map(PathBuf::from),
            retention: values.duration("EVENT_BUS_KEEP_DONE"),
            consumers_enabled: values.boolean("EVENT_BUS_REDIS_CONSUMERS_ENABLED").unwrap_or(true),
            consumer: consumer_config::read(&mut values),
            stream_max_len: values.number("EVENT_BUS_REDIS_STREAM_MAX_LEN"),
            audit_logging: values.boolean("EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED").unwrap_or(true),
        };
        values.finish()?;
        Ok(settings)
    }
}
