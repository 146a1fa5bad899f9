//! What is produced to which topics: [`Routes`].

use std::collections::BTreeMap;

use crate::bus::contract::{BusError, ErrorKind};
use crate::bus::message::key_path::KeyPath;
use crate::bus::message::topic::Topic;
use crate::bus::settings::BusSettings;
use crate::receiver::BoxError;
use crate::signal::typed::AnySignal;

/// The signals whose events are produced, each with its topics and the path of its key there.
pub(super) struct Routes(Vec<(&'static dyn AnySignal, Vec<(Topic, KeyPath)>)>);

impl Routes {
    /// What the settings enable.
    pub(super) fn of(settings: &BusSettings) -> Result<Self, BusError> {
        let mut routes = Vec::new();
        for (event_type, topics) in settings.producer_config.by_type() {
            let signal = crate::get_signal_by_type(event_type).map_err(invalid)?;
            let mut targets = Vec::new();
            for (topic, config) in topics.iter().filter(|(_, config)| config.enabled) {
                let topic = Topic::with_prefix(&settings.topic_prefix, topic).map_err(invalid)?;
                targets.push((topic, config.event_key_field.clone()));
            }
            if !targets.is_empty() {
                routes.push((signal, targets));
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
        for (signal, targets) in &self.0 {
            for (topic, _) in targets {
                topics.entry(topic.clone()).or_default().push(*signal);
            }
        }
        topics
    }

    /// The signals, each with its topics and keys.
    pub(super) fn into_signals(
        self,
    ) -> impl Iterator<Item = (&'static dyn AnySignal, Vec<(Topic, KeyPath)>)> {
        self.0.into_iter()
    }
}

fn invalid(error: impl Into<BoxError>) -> BusError {
    BusError::new(ErrorKind::Configuration, "EVENT_BUS_PRODUCER_CONFIG is invalid").caused_by(error)
}
