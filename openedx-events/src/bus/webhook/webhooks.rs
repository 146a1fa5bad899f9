//! All webhooks of the settings: [`Webhooks`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::endpoint::Endpoint;
use crate::bus::consume::{ConsumerSettings, EventConsumer};
use crate::bus::contract::Backend;
use crate::bus::settings::{BusSettings, SettingsError, SettingsProblem};

/// The webhooks of the settings, ready to be run.
///
/// Each one is a consumer group of its own, so that one that is down holds up itself alone. Its consumer has the consumer settings of
/// the bus, but for the settings of single receivers.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use openedx_events::bus::{self, BusSettings, Webhooks};
///
/// fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
///     let settings = BusSettings::layers().toml("bus.toml", &std::fs::read_to_string("bus.toml")?).environment().read()?;
///     let bus = bus::open_with(settings.url.as_deref().unwrap_or("redis://localhost"), &settings)?;
///     Ok(bus::run_all(Webhooks::new(&settings)?.consumers(&bus)))
/// }
/// ```
#[derive(Debug)]
pub struct Webhooks {
    endpoints: Vec<Arc<Endpoint>>,
    consumer: ConsumerSettings,
}

impl Webhooks {
    /// Reads the secrets of the webhooks, and checks everything. Nothing is posted yet.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any webhook.
    pub fn new(settings: &BusSettings) -> Result<Self, SettingsError> {
        let (mut endpoints, mut problems) = (Vec::new(), Vec::new());
        for (name, webhook) in &settings.webhooks {
            match Endpoint::new(name, webhook, &settings.topic_prefix) {
                Ok(endpoint) => endpoints.push(Arc::new(endpoint)),
                Err(wrong) => problems.extend(wrong.into_iter().map(|(member, error)| {
                    SettingsProblem::at(format!("EVENT_WEBHOOKS.{name}.{member}"), error.to_string())
                })),
            }
        }
        // Two consumers of one group would share the events of both.
        let mut groups = BTreeMap::new();
        for endpoint in &endpoints {
            if let Some(other) = groups.insert(endpoint.group(), endpoint.name()) {
                let place = format!("EVENT_WEBHOOKS.{}.group", endpoint.name());
                problems.push(SettingsProblem::at(
                    place,
                    format!("the group is that of the webhook `{other}`, too"),
                ));
            }
        }
        if !problems.is_empty() {
            return Err(SettingsError { problems });
        }
        Ok(Self { endpoints, consumer: settings.consumer.clone() })
    }

    /// The names of the webhooks, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.endpoints.iter().map(|endpoint| endpoint.name())
    }

    /// A consumer for each webhook, in the order of their names: for [`run_all`](crate::bus::run_all), or to be started one by one.
    pub fn consumers(&self, bus: &Arc<dyn Backend>) -> Vec<EventConsumer> {
        self.endpoints.iter().map(|endpoint| self.consumer(endpoint, bus)).collect()
    }

    fn consumer(&self, endpoint: &Arc<Endpoint>, bus: &Arc<dyn Backend>) -> EventConsumer {
        let (group, delivery) = (endpoint.group(), endpoint.settings().delivery);
        let receivers = BTreeMap::from([(group.clone(), delivery)]);
        let settings = ConsumerSettings { receivers, ..self.consumer.clone() };
        let consumer = EventConsumer::new(Arc::clone(bus), group).settings(settings);
        let consumer = endpoint.topics().iter().cloned().fold(consumer, EventConsumer::topic);
        consumer.deliver_to(Arc::clone(endpoint).recipient())
    }

    /// The webhooks with their secrets, for commands.
    #[cfg(feature = "cli")]
    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }
}
