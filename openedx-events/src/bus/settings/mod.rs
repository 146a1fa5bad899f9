//! The settings of the bus: [`BusSettings`].

mod consumer_config;
#[cfg(feature = "filters")]
mod filters_config;
mod layer;
mod members;
mod problem;
mod producer_config;
mod redact;
pub(super) mod text;
mod unknown;
mod values;
#[cfg(feature = "webhook")]
mod webhook_config;
mod wiring;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

pub use problem::{SettingsError, SettingsProblem};
pub use producer_config::{ProducerConfig, TopicConfig};

use self::layer::Setting;
use self::redact::redacted;
use self::values::{UnknownEvents, Values};
use crate::bus::consume::ConsumerSettings;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::produce::Overflow;
#[cfg(feature = "webhook")]
use crate::bus::webhook::WebhookSettings;
#[cfg(feature = "filters")]
use crate::filters::FiltersConfig;
use crate::signal::registry::wiring::Wiring;
use crate::text_file::without_mark;

/// The settings of the bus, built in code or read under upstream's names.
///
/// In code, start with [`new`](Self::new) and set fields:
///
/// ```
/// use openedx_events::bus::{BusSettings, Overflow};
///
/// let settings = BusSettings::new().url("memory:").topic_prefix("dev").overflow(Overflow::Fail);
/// assert_eq!(settings.topic_prefix, "dev");
/// ```
///
/// [`layers`](Self::layers) reads TOML, JSON and the environment. A later layer overrides an earlier one;
/// `EVENT_BUS_PRODUCER_CONFIG` is merged by event type, topic and member, as in upstream, and `EVENT_BUS_CONSUMER_CONFIG`,
/// `EVENT_RECEIVERS`, `OPEN_EDX_FILTERS_CONFIG` and `EVENT_WEBHOOKS` by member; `{}` changes nothing, and null is an error. Text is trimmed at its ends, and may
/// not contain control characters.
/// All problems of all layers are reported at once, each with its place.
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
/// assert!(error.to_string().starts_with("bus.json: unknown setting `EVENT_BUS_TOPIC_PREFX`, did you mean"));
/// # Ok::<(), openedx_events::bus::SettingsError>(())
/// ```
///
/// | setting | field | meaning | default |
/// |---|---|---|---|
/// | `EVENT_BUS_URL` | [`url`](Self::url) | the address of the bus, see [`open`](super::open()) | `EVENT_BUS_REDIS_CONNECTION_URL` |
/// | `EVENT_BUS_REDIS_CONNECTION_URL` | [`url`](Self::url) | the address of Redis | none |
/// | `EVENT_BUS_PRODUCER_CONFIG` | [`producer_config`](Self::producer_config) | what is produced: `{type: {topic: {"event_key_field": text, "enabled": bool}}}`, see [`TopicConfig`] | `{}` |
/// | `EVENT_BUS_CONSUMER_CONFIG` | [`consumer`](Self::consumer) | consumer settings: the fields of [`ConsumerSettings`] | `{}` |
/// | `EVENT_BUS_TOPIC_PREFIX` | [`topic_prefix`](Self::topic_prefix) | put before the names of topics, with a hyphen | none |
/// | `EVENT_BUS_REQUIRED` | [`required`](Self::required) | whether a producer fails to start if the bus cannot be reached | `false` |
/// | `EVENT_BUS_OVERFLOW` | [`overflow`](Self::overflow) | what happens when the queue is full: `spill`, `block` or `fail` | `spill` with a path, otherwise `block` |
/// | `EVENT_BUS_SPILL_PATH` | [`overflow`](Self::overflow), [`spill_path`](Self::spill_path) | the file for events that do not fit in the queue (feature `sqlite`) | none |
/// | `EVENT_BUS_KEEP_DONE` | [`retention`](Self::retention) | how long entries stay that all groups have processed, such as `168h` | forever on Redis, not at all in SQLite |
/// | `EVENT_BUS_REDIS_CONSUMERS_ENABLED` | [`consumers_enabled`](Self::consumers_enabled) | whether to consume | `true` |
/// | `EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT` | [`consumer`](Self::consumer) | [`consecutive_errors_limit`](ConsumerSettings::consecutive_errors_limit), unless `EVENT_BUS_CONSUMER_CONFIG` sets it | none |
/// | `EVENT_BUS_REDIS_STREAM_MAX_LEN` | [`stream_max_len`](Self::stream_max_len) | trim topics to about this number of entries, read or not | never |
/// | `EVENT_BUS_STATUS` | [`status`](Self::status), [`consumer`](Self::consumer) | the address at which the process serves [`/healthz`, `/readyz` and `/metrics`](super::status), `HOST:PORT` | none |
/// | `EVENT_WEBHOOKS` | `webhooks` | where events are posted: `{name: {…}}`, see `bus::WebhookSettings` (feature `webhook`) | `{}` |
/// | `EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED` | [`audit_logging`](Self::audit_logging) | whether each produced event is logged, at level `info` | `true` |
/// | `OPEN_EDX_FILTERS_CONFIG` | `filters` | which steps each filter runs: `{type: {"pipeline": [path], …}}`, see `filters::FiltersConfig` (feature `filters`) | `{}` |
/// | `EVENT_RECEIVERS` | [`wiring`](Self::wiring) | which receivers are on, and which events they receive: `{path: {"enabled": bool, "events": [type]}}`, see [`Wiring`] | `{}` |
/// | `EVENTS_SERVICE_NAME`, `SERVICE_VARIANT` | | the service in the `source` of events | `SERVICE_NAME_UNSET` |
///
/// These are accepted and ignored: `EVENT_BUS_PRODUCER` and `EVENT_BUS_CONSUMER`, since the address selects the backend;
/// `EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT` and `EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP`, since reads are woken; and
/// those that begin with `EVENT_BUS_KAFKA_`.
///
/// In `EVENT_BUS_CONSUMER_CONFIG` durations are text with a unit, as in the attributes of receivers: `"200ms"`, `"30s"`,
/// `"5m"`, `"2h"`. `"never"` turns a limit off, and choices are in snake case:
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
/// `Debug` and errors do not show passwords.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct BusSettings {
    /// The address of the bus. May contain a password.
    pub url: Option<String>,
    /// Put before the names of topics, with a hyphen; empty for none.
    pub topic_prefix: String,
    /// What is produced.
    pub producer_config: ProducerConfig,
    /// Whether a producer fails to start if the bus cannot be reached.
    pub required: bool,
    /// What happens to an event when the queue of its topic is full.
    pub overflow: Overflow,
    /// The path of spill files that an earlier process may have left: what is in them is published at the start, even if
    /// nothing is spilled any more. [`Overflow::Spill`] has its own path, and overrides this one.
    pub spill_path: Option<PathBuf>,
    /// How long entries stay that all groups of their topic have processed; `None` for the default of the backend.
    pub retention: Option<Duration>,
    /// Whether to consume. The command `consume` obeys it; programs that start an [`EventConsumer`](super::EventConsumer)
    /// check it themselves.
    pub consumers_enabled: bool,
    /// Consumer settings, for [`EventConsumer::settings`](super::EventConsumer::settings).
    pub consumer: ConsumerSettings,
    /// Trim topics on Redis to about this number of entries, read or not; `None` for never.
    pub stream_max_len: Option<u64>,
    /// Whether each produced event is logged, at level `info`.
    pub audit_logging: bool,
    /// Where events are posted, by the name of the webhook, for [`Webhooks`](super::Webhooks).
    #[cfg(feature = "webhook")]
    #[cfg_attr(docsrs, doc(cfg(feature = "webhook")))]
    pub webhooks: BTreeMap<String, WebhookSettings>,
    /// The address at which this process serves [`/healthz`, `/readyz` and `/metrics`](super::status) while it has a producer;
    /// consumers have [one of their own](ConsumerSettings::status), which is the same when both are read from `EVENT_BUS_STATUS`.
    pub status: Option<String>,
    /// Which receivers are on. [`open_with`](super::open_with()) and [`EventProducer::start`](super::EventProducer::start)
    /// [apply](Wiring::apply) it, unless it is empty.
    pub wiring: Wiring,
    /// Which steps each filter runs. [Applied](FiltersConfig::apply) where [`wiring`](Self::wiring) is, unless it is empty.
    #[cfg(feature = "filters")]
    #[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
    pub filters: FiltersConfig,
}

/// The defaults of upstream: consumers and audit logging are on.
impl Default for BusSettings {
    fn default() -> Self {
        Self {
            url: None,
            topic_prefix: String::new(),
            producer_config: ProducerConfig::new(),
            required: false,
            overflow: Overflow::default(),
            spill_path: None,
            retention: None,
            consumers_enabled: true,
            consumer: ConsumerSettings::default(),
            stream_max_len: None,
            audit_logging: true,
            #[cfg(feature = "webhook")]
            webhooks: BTreeMap::new(),
            status: None,
            wiring: Wiring::new(),
            #[cfg(feature = "filters")]
            filters: FiltersConfig::new(),
        }
    }
}

impl BusSettings {
    /// The defaults, which are also the settings [read](Layers::read) without any layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads settings from layers; none are added yet.
    pub fn layers() -> Layers {
        Layers::default()
    }

    /// Sets [`url`](Self::url).
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// Sets [`topic_prefix`](Self::topic_prefix).
    #[must_use]
    pub fn topic_prefix(self, topic_prefix: impl Into<String>) -> Self {
        Self { topic_prefix: topic_prefix.into(), ..self }
    }

    /// Sets [`producer_config`](Self::producer_config).
    #[must_use]
    pub fn producer_config(self, producer_config: ProducerConfig) -> Self {
        Self { producer_config, ..self }
    }

    /// Sets [`required`](Self::required).
    #[must_use]
    pub fn required(self, required: bool) -> Self {
        Self { required, ..self }
    }

    /// Sets [`overflow`](Self::overflow).
    #[must_use]
    pub fn overflow(self, overflow: Overflow) -> Self {
        Self { overflow, ..self }
    }

    /// Sets [`spill_path`](Self::spill_path).
    #[must_use]
    pub fn spill_path(self, spill_path: impl Into<Option<PathBuf>>) -> Self {
        Self { spill_path: spill_path.into(), ..self }
    }

    /// Sets [`retention`](Self::retention).
    #[must_use]
    pub fn retention(self, retention: impl Into<Option<Duration>>) -> Self {
        Self { retention: retention.into(), ..self }
    }

    /// Sets [`consumers_enabled`](Self::consumers_enabled).
    #[must_use]
    pub fn consumers_enabled(self, consumers_enabled: bool) -> Self {
        Self { consumers_enabled, ..self }
    }

    /// Sets [`consumer`](Self::consumer).
    #[must_use]
    pub fn consumer(self, consumer: ConsumerSettings) -> Self {
        Self { consumer, ..self }
    }

    /// Sets [`stream_max_len`](Self::stream_max_len).
    #[must_use]
    pub fn stream_max_len(self, stream_max_len: impl Into<Option<u64>>) -> Self {
        Self { stream_max_len: stream_max_len.into(), ..self }
    }

    /// Sets [`status`](Self::status), and that of the [`consumer`](Self::consumer).
    #[must_use]
    pub fn status(mut self, status: impl Into<Option<String>>) -> Self {
        self.status = status.into();
        self.consumer.status.clone_from(&self.status);
        self
    }

    /// Adds a webhook to [`webhooks`](Self::webhooks).
    #[cfg(feature = "webhook")]
    #[cfg_attr(docsrs, doc(cfg(feature = "webhook")))]
    #[must_use]
    pub fn webhook(mut self, name: impl Into<String>, webhook: WebhookSettings) -> Self {
        self.webhooks.insert(name.into(), webhook);
        self
    }

    /// Sets [`audit_logging`](Self::audit_logging).
    #[must_use]
    pub fn audit_logging(self, audit_logging: bool) -> Self {
        Self { audit_logging, ..self }
    }

    /// Sets [`wiring`](Self::wiring).
    #[must_use]
    pub fn wiring(self, wiring: Wiring) -> Self {
        Self { wiring, ..self }
    }

    /// Sets [`filters`](Self::filters).
    #[cfg(feature = "filters")]
    #[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
    #[must_use]
    pub fn filters(self, filters: FiltersConfig) -> Self {
        Self { filters, ..self }
    }

    /// Wires the receivers, and the steps of filters, as these settings say, if they say anything.
    pub(super) fn wire(&self) -> Result<(), BusError> {
        if !self.wiring.is_empty() {
            self.wiring.apply().map_err(|error| {
                BusError::new(ErrorKind::Configuration, format!("the receivers cannot be wired: {error}"))
                    .caused_by(error)
            })?;
        }
        #[cfg(feature = "filters")]
        if !self.filters.is_empty() {
            self.filters.apply().map_err(|error| {
                BusError::new(ErrorKind::Configuration, format!("the filters cannot be configured: {error}"))
                    .caused_by(error)
            })?;
        }
        Ok(())
    }
}

/// Without user, password and query values of the address.
impl fmt::Debug for BusSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Each field by name, so that a new one with a secret cannot be overlooked.
        let Self {
            url,
            topic_prefix,
            producer_config,
            required,
            overflow,
            spill_path,
            retention,
            consumers_enabled,
            consumer,
            stream_max_len,
            audit_logging,
            #[cfg(feature = "webhook")]
            webhooks,
            status,
            wiring,
            #[cfg(feature = "filters")]
            filters,
        } = self;
        let mut shown = f.debug_struct("BusSettings");
        #[cfg(feature = "webhook")]
        shown.field("webhooks", webhooks);
        #[cfg(feature = "filters")]
        shown.field("filters", filters);
        shown
            .field("url", &url.as_deref().map(redacted))
            .field("topic_prefix", topic_prefix)
            .field("producer_config", producer_config)
            .field("required", required)
            .field("overflow", overflow)
            .field("spill_path", spill_path)
            .field("retention", retention)
            .field("consumers_enabled", consumers_enabled)
            .field("consumer", consumer)
            .field("stream_max_len", stream_max_len)
            .field("audit_logging", audit_logging)
            .field("status", status)
            .field("wiring", wiring)
            .finish()
    }
}

/// The layers of [`BusSettings`], from the lowest to the highest.
#[must_use = "call `read()`"]
#[derive(Default)]
pub struct Layers {
    settings: BTreeMap<String, Setting>,
    /// Variables that begin like ours and are none.
    unknown: BTreeSet<String>,
    problems: Vec<SettingsProblem>,
}

impl Layers {
    /// Adds a layer of TOML. `place` names it in messages, usually the path of the file.
    pub fn toml(mut self, place: &str, text: &str) -> Self {
        let text = without_mark(text);
        match toml::from_str(text) {
            Ok(settings) => self.add(place, settings),
            Err(error) => {
                // Not kept as the cause: its text has the line, which may hold a password.
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let what = format!("invalid TOML at line {line}: {}", error.message());
                self.problems.push(SettingsProblem::at(place, what));
            }
        }
        self
    }

    /// Adds a layer of JSON. `place` names it in messages, usually the path of the file.
    pub fn json(mut self, place: &str, text: &str) -> Self {
        match serde_json::from_str(without_mark(text)) {
            Ok(Value::Object(settings)) => self.add(place, settings),
            Ok(_) => self.problems.push(SettingsProblem::at(place, "expected an object of settings")),
            Err(error) => {
                self.problems
                    .push(SettingsProblem::at(place, format!("invalid JSON: {error}")).caused_by(error));
            }
        }
        self
    }

    /// Adds the environment of this process. `EVENT_BUS_PRODUCER_CONFIG`, `EVENT_BUS_CONSUMER_CONFIG`, `EVENT_RECEIVERS` and
    /// `EVENT_WEBHOOKS` are JSON there.
    pub fn environment(self) -> Self {
        self.variables(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        }))
    }

    /// Adds these variables as [`environment`](Self::environment) does. Variables that are not settings of the bus are
    /// ignored. Those that begin like one, such as `EVENT_BUS_PORT`, are logged once as a warning when the settings are read:
    /// they may be misspelled, or come from elsewhere, such as from Kubernetes for a service that is named `event-bus`.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let settings = layer::of_variables(variables, &mut self.unknown, &mut self.problems);
        self.add("environment", settings);
        self
    }

    fn add(&mut self, place: &str, settings: Map<String, Value>) {
        layer::merge(&mut self.settings, place, settings, &mut self.problems);
    }

    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any layer: unknown settings in files, unknown event types, topics and key paths, and invalid
    /// values.
    pub fn read(self) -> Result<BusSettings, SettingsError> {
        unknown::log(&self.unknown);
        self.read_unlogged()
    }

    /// [`read_unlogged`](Self::read_unlogged) for whoever looks at the bus of a program with other events: what is set
    /// for those is left out, and their types are returned.
    #[cfg(feature = "cli")]
    pub(crate) fn read_for_looking(self) -> Result<(BusSettings, Vec<String>), SettingsError> {
        self.read_with(UnknownEvents::LeaveOut(Vec::new()))
    }

    /// What is to be said of variables that begin like ours and are none, for whoever reads the settings without the log.
    #[cfg(feature = "cli")]
    pub(crate) fn unknown_variables(&self) -> Option<String> {
        unknown::described(&self.unknown)
    }

    /// Removes `EVENT_RECEIVERS` if the program has no receivers, as the shipped command line. Returns whether it was set.
    #[cfg(feature = "cli")]
    pub(crate) fn leave_out_receivers(&mut self) -> bool {
        crate::registry_summary().receivers == 0 && self.settings.remove(layer::EVENT_RECEIVERS).is_some()
    }

    /// Removes `OPEN_EDX_FILTERS_CONFIG` if the program has no steps, as the shipped command line. Returns whether it was set.
    #[cfg(feature = "cli")]
    pub(crate) fn leave_out_steps(&mut self) -> bool {
        crate::registry_summary().steps == 0 && self.settings.remove(layer::FILTERS_CONFIG).is_some()
    }

    /// The settings with the layers that they come from and their values, without secrets.
    #[cfg(feature = "cli")]
    pub(crate) fn described(&self) -> impl Iterator<Item = (&str, &str, String)> {
        self.settings.iter().map(|(name, Setting { place, value })| {
            let value = match value {
                Value::String(text) if name.ends_with("_URL") => redacted(text).into_owned(),
                Value::String(text) => text.clone(),
                Value::Object(members) if name == layer::PRODUCER_CONFIG => {
                    let types: Vec<_> = members.keys().map(String::as_str).collect();
                    types.join(", ")
                }
                // Their URLs and headers, and options of steps, may be secrets.
                Value::Object(members) if name == layer::WEBHOOKS || name == layer::FILTERS_CONFIG => {
                    let names: Vec<_> = members.keys().map(String::as_str).collect();
                    names.join(", ")
                }
                value => value.to_string(),
            };
            (name.as_str(), place.as_str(), value)
        })
    }

    /// [`read`](Self::read) without a log message.
    pub(crate) fn read_unlogged(self) -> Result<BusSettings, SettingsError> {
        self.read_with(UnknownEvents::Refuse).map(|(settings, _)| settings)
    }

    fn read_with(self, unknown: UnknownEvents) -> Result<(BusSettings, Vec<String>), SettingsError> {
        let default = BusSettings::default();
        let mut values = Values::new(self.settings, self.problems, unknown);
        let (overflow, spill_path) = overflow(&mut values);
        let status = values.text("EVENT_BUS_STATUS");
        let settings = BusSettings {
            url: values.text("EVENT_BUS_URL").or_else(|| values.text("EVENT_BUS_REDIS_CONNECTION_URL")),
            topic_prefix: values.text("EVENT_BUS_TOPIC_PREFIX").unwrap_or_default(),
            producer_config: producer_config::read(&mut values),
            required: values.boolean("EVENT_BUS_REQUIRED").unwrap_or(default.required),
            overflow,
            spill_path,
            retention: values.duration("EVENT_BUS_KEEP_DONE"),
            consumers_enabled: values
                .boolean("EVENT_BUS_REDIS_CONSUMERS_ENABLED")
                .unwrap_or(default.consumers_enabled),
            consumer: consumer_config::read(&mut values, status.clone()),
            stream_max_len: values.number("EVENT_BUS_REDIS_STREAM_MAX_LEN"),
            audit_logging: values
                .boolean("EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED")
                .unwrap_or(default.audit_logging),
            #[cfg(feature = "webhook")]
            webhooks: webhook_config::read(&mut values),
            status,
            wiring: wiring::read(&mut values),
            #[cfg(feature = "filters")]
            filters: filters_config::read(&mut values),
        };
        // Of programs that have filters.
        #[cfg(not(feature = "filters"))]
        let _ = values.take(layer::FILTERS_CONFIG);
        let unknown = values.finish()?;
        Ok((settings, unknown))
    }
}

/// The names of the settings and their layers, without the values.
impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: BTreeMap<_, _> = self.settings.iter().map(|(name, set)| (name, &set.place)).collect();
        f.debug_struct("Layers")
            .field("settings", &places)
            .field("unknown", &self.unknown)
            .field("problems", &self.problems)
            .finish()
    }
}

/// Reads `EVENT_BUS_OVERFLOW` and `EVENT_BUS_SPILL_PATH`.
fn overflow(values: &mut Values) -> (Overflow, Option<PathBuf>) {
    let choice = values.one_of("EVENT_BUS_OVERFLOW", &["spill", "block", "fail"]);
    let path = values.text("EVENT_BUS_SPILL_PATH").map(PathBuf::from);
    let overflow = match (choice.as_ref().map(|(choice, place)| (choice.as_str(), place)), &path) {
        (Some(("fail", _)), _) => Overflow::Fail,
        (Some(("spill", _)) | None, Some(path)) => Overflow::Spill(path.clone()),
        (Some(("spill", place)), None) => {
            let what = "`spill` needs a file; set EVENT_BUS_SPILL_PATH";
            values.problem(format!("{place}: EVENT_BUS_OVERFLOW"), what);
            Overflow::default()
        }
        _ => Overflow::default(),
    };
    (overflow, path)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    const SECRET: &str = "hunter2";

    #[test]
    fn nothing_is_read_as_the_defaults() {
        assert_eq!(BusSettings::layers().read(), Ok(BusSettings::default()));
    }

    #[test]
    fn no_debug_shows_a_password() {
        for (name, value) in [
            ("EVENT_BUS_URL", format!("redis://user:{SECRET}@localhost:6379/0")),
            ("EVENT_BUS_REDIS_CONNECTION_URL", format!("redis://localhost?password={SECRET}")),
        ] {
            let layers = BusSettings::layers().variables([(name.to_owned(), value.clone())]);
            let shown = format!("{layers:?}");
            assert!(shown.contains(name) && !shown.contains(SECRET), "{shown}");
            let settings = layers.read().expect("they are right");
            assert_eq!(settings.url, Some(value));
            let shown = format!("{settings:?} {settings:#?}");
            assert!(shown.contains("localhost") && !shown.contains(SECRET), "{shown}");
        }
    }

    #[test]
    fn no_error_shows_a_password() {
        let url = format!("redis://user:{SECRET}@localhost");
        for layers in [
            BusSettings::layers().toml("a", &format!("EVENT_BUS_URL = {url}")),
            BusSettings::layers().toml("a", &format!("EVENT_BUS_URL = '{url}")),
            BusSettings::layers().toml("a", &format!("EVENT_BUS_URL = \"{url}\\q\"")),
            BusSettings::layers().toml("a", &format!("EVENT_BUS_URL = '{url}' '{url}'")),
            BusSettings::layers().toml("a", &format!("EVENT_BUS_URL = '{url}'\nEVENT_BUS_URL = '{url}'")),
            BusSettings::layers().toml("a", &format!("EVENT_BUS_URL = ['{url}']")),
            BusSettings::layers().toml("a", &format!("EVENT_BUS_REQUIRED = '{url}'")),
            BusSettings::layers().json("a", &format!("{{\"EVENT_BUS_URL\": {url}}}")),
            BusSettings::layers().json("a", &format!("\"{url}\"")),
            BusSettings::layers().json("a", &format!("{{\"EVENT_BUS_URL\": [\"{url}\"]}}")),
            BusSettings::layers().variables([("EVENT_BUS_PRODUCER_CONFIG".to_owned(), url.clone())]),
            BusSettings::layers().variables([("EVENT_BUS_CONSUMER_CONFIG".to_owned(), format!("\"{url}\""))]),
            BusSettings::layers().variables([("EVENT_BUS_OVERFLOW".to_owned(), url.clone())]),
            BusSettings::layers().variables([("EVENT_BUS_KEEP_DONE".to_owned(), url.clone())]),
        ] {
            let error = layers.read().expect_err("it is wrong");
            let mut shown = vec![format!("{error} {error:?} {error:#?} {:?}", error.problems())];
            let mut cause = error.source();
            while let Some(error) = cause {
                shown.push(format!("{error} {error:?}"));
                cause = error.source();
            }
            assert!(!shown.concat().contains(SECRET), "{shown:?}");
        }
    }

    #[test]
    fn an_error_reads_well_as_debug_and_keeps_its_causes() {
        let error = BusSettings::layers()
            .json("bus.json", r#"{"EVENT_BUS_PRODUCER_CONFIG": {"org.example.unknown.v1": {}}}"#)
            .toml("bus.toml", "EVENT_BUS_REQUIRED = true\nEVENT_BUS_URL = [")
            .read()
            .expect_err("it is wrong");
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.to_string().contains("bus.toml: invalid TOML at line 2"), "{error}");
        let problem = error.problems().iter().find(|problem| problem.place().starts_with("bus.json"));
        assert!(
            problem
                .and_then(|problem| problem.source())
                .is_some_and(<dyn std::error::Error>::is::<crate::UnknownSignal>)
        );
        assert!(error.source().is_some_and(<dyn std::error::Error>::is::<SettingsProblem>));
    }

    #[test]
    fn overflow_is_a_choice_with_its_file() {
        let read = |choice: &str, path: &str| {
            let variables = [("EVENT_BUS_OVERFLOW", choice), ("EVENT_BUS_SPILL_PATH", path)];
            let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
            BusSettings::layers().variables(variables).read().map(|settings| {
                assert_eq!(settings.spill_path, Some(path.into()).filter(|_| !path.is_empty()));
                settings.overflow
            })
        };
        assert_eq!(read("", ""), Ok(Overflow::default()));
        assert_eq!(read("", "a"), Ok(Overflow::Spill("a".into())));
        assert_eq!(read("spill", "a"), Ok(Overflow::Spill("a".into())));
        assert_eq!(read("block", "a"), Ok(Overflow::default()));
        assert_eq!(read("fail", "a"), Ok(Overflow::Fail));
        let error = read("spill", "").expect_err("there is no file");
        assert_eq!(
            error.to_string(),
            "environment: EVENT_BUS_OVERFLOW: `spill` needs a file; set EVENT_BUS_SPILL_PATH"
        );
    }

    #[test]
    fn setters_set_the_field_of_their_name() {
        let settings = BusSettings::new()
            .url("memory:")
            .topic_prefix("dev")
            .required(true)
            .overflow(Overflow::Fail)
            .spill_path(PathBuf::from("spill"))
            .retention(Duration::from_secs(1))
            .consumers_enabled(false)
            .stream_max_len(7)
            .audit_logging(false)
            .status("127.0.0.1:9464".to_owned())
            .wiring(Wiring::new().disable("crate::receiver"));
        #[cfg(feature = "filters")]
        let settings = settings.filters(FiltersConfig::new().fail_silently("org.example.a.b.c.v1", true));
        let expected = BusSettings {
            url: Some("memory:".to_owned()),
            topic_prefix: "dev".to_owned(),
            required: true,
            overflow: Overflow::Fail,
            spill_path: Some("spill".into()),
            retention: Some(Duration::from_secs(1)),
            consumers_enabled: false,
            stream_max_len: Some(7),
            audit_logging: false,
            status: Some("127.0.0.1:9464".to_owned()),
            wiring: Wiring::new().disable("crate::receiver"),
            #[cfg(feature = "filters")]
            filters: FiltersConfig::new().fail_silently("org.example.a.b.c.v1", true),
            consumer: ConsumerSettings::new().status("127.0.0.1:9464".to_owned()),
            ..BusSettings::default()
        };
        assert_eq!(settings, expected);
    }
}
