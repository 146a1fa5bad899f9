//! What the program publishes and receives by its settings: [`Produced`].

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;
#[cfg(feature = "bus")]
use std::path::PathBuf;

use clap::Args;

use super::outcome::Failure;
use super::wiring;

/// The settings of the program.
#[derive(Args)]
pub(super) struct ProducedOptions {
    /// File with settings of the bus, `.toml` or `.json`, which name the topics that events are published to and the receivers
    /// and steps that are on; may be given several times. Later files override earlier ones, and the environment overrides all files.
    #[cfg(feature = "bus")]
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
}

/// The topics that the program publishes each event to; nothing is known of them without settings.
#[derive(Default)]
pub(super) struct Produced(Option<BTreeMap<String, Vec<String>>>);

impl ProducedOptions {
    /// Reads the settings, and wires the receivers, and the steps of filters, as they say.
    #[cfg(feature = "bus")]
    pub(super) fn read(&self, stderr: &mut dyn Write) -> Result<Produced, Failure> {
        if self.config.is_empty() {
            warn(wiring::by_environment(), stderr);
            return Ok(Produced::default());
        }
        let settings = super::bus::read_for_looking(&self.config, stderr)?;
        warn(wiring::apply(&settings.wiring), stderr);
        #[cfg(feature = "filters")]
        warn(wiring::apply_filters(&settings.filters), stderr);
        let mut topics: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (event_type, topic, config) in settings.producer_config.iter() {
            let topic = crate::bus::Topic::with_prefix(&settings.topic_prefix, topic)
                .map_err(|error| Failure::Refused(error.to_string()))?;
            if config.enabled {
                topics.entry(event_type.to_owned()).or_default().push(topic.to_string());
            }
        }
        Ok(Produced(Some(topics)))
    }

    #[cfg(not(feature = "bus"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as with the bus")]
    pub(super) fn read(&self, stderr: &mut dyn Write) -> Result<Produced, Failure> {
        warn(wiring::by_environment(), stderr);
        Ok(Produced::default())
    }
}

/// What is shown is then what the code says.
fn warn(wired: Result<(), impl Display>, stderr: &mut dyn Write) {
    if let Err(error) = wired {
        // A command does not fail because stderr is closed.
        let _ = writeln!(stderr, "warning: {error}");
    }
}

impl Produced {
    /// `None` if the settings are not known.
    pub(super) fn topics(&self, event_type: &str) -> Option<&[String]> {
        let topics = self.0.as_ref()?;
        Some(topics.get(event_type).map_or(&[], Vec::as_slice))
    }
}
