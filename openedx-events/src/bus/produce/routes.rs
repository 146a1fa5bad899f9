//! What is produced to which topics: [`Routes`].

use std::collections::BTreeMap;

use crate::bus::contract::{BusError, ErrorKind};
use crate::bus::message::key_path::KeyPath;
use crate::bus::message::topic::Topic;
use crate::bus::settings::BusSettings;
use crate::receiver::BoxError;
use crate::signal::any::AnySignal;

/// The signals whose events are produced, and where to.
pub(super) struct Routes(Vec<Route>);

/// A signal whose events are produced.
pub(super) struct Route {
    pub(super) signal: &'static dyn AnySignal,
    /// Its topics, and the path of its key there.
    pub(super) topics: Vec<(Topic, KeyPath)>,
}

impl Routes {
    /// What the settings enable.
    pub(super) fn of(settings: &BusSettings) -> Result<Self, BusError> {
        let mut routes = Vec::new();
        for (event_type, topics) in settings.producer_config.by_type() {
            let signal = crate::get_signal_by_type(event_type).map_err(invalid)?;
            let mut enabled = Vec::new();
            for (topic, config) in topics.iter().filter(|(_, config)| config.enabled) {
                let topic = Topic::with_prefix(&settings.topic_prefix, topic).map_err(invalid)?;
                let path = config.event_key_field.clone();
                if let Some(declared) = signal.info().key_field.filter(|declared| *declared != path.as_str())
                {
                    tracing::info!(
                        event_type,
                        %topic,
                        event_key_field = path.as_str(),
                        declared,
                        "the settings override the key that the signal declares"
                    );
                }
                enabled.push((topic, path));
            }
            if !enabled.is_empty() {
                routes.push(Route { signal, topics: enabled });
            }
        }
        Ok(Self(routes))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The topics, each with the signals that are produced to it.
    pub(super) fn by_topic(&self) -> BTreeMap<Topic, Vec<&'static dyn AnySignal>> {
        let mut topics: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for route in &self.0 {
            for (topic, _) in &route.topics {
                topics.entry(topic.clone()).or_default().push(route.signal);
            }
        }
        topics
    }
}

impl IntoIterator for Routes {
    type Item = Route;
    type IntoIter = std::vec::IntoIter<Route>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

fn invalid(error: impl Into<BoxError>) -> BusError {
    BusError::new(ErrorKind::Configuration, "EVENT_BUS_PRODUCER_CONFIG is invalid").caused_by(error)
}
