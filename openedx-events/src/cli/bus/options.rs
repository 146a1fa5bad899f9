//! Which bus a command is for: [`BusOptions`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::bus::{self, Backend, BusSettings, Layers, Topic};
use crate::cli::Failure;

#[derive(Args)]
pub(super) struct BusOptions {
    /// The address of the bus, such as `redis://localhost`; without it that of the settings.
    #[arg(long = "bus", value_name = "URL")]
    url: Option<String>,
    /// A file with settings of the bus, `.toml` or `.json`. May be given several times: a later one goes before an earlier
    /// one, and the environment before all of them.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// How long a bus that cannot be reached is waited for; without it what the settings say of consumers, 30 by default.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    bus_timeout: Option<Duration>,
}

/// A bus that may not have been reached yet.
pub(super) struct Bus {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) settings: BusSettings,
    pub(super) timeout: Duration,
}

impl BusOptions {
    pub(super) fn open(&self) -> Result<Bus, Failure> {
        let layers = self.config.iter().try_fold(BusSettings::layers(), |layers, path| add(layers, path))?;
        let settings = layers.environment().read().map_err(|error| Failure::Refused(error.to_string()))?;
        let Some(url) = self.url.as_deref().or(settings.url.as_deref()) else {
            return Err(Failure::Refused(
                "there is no bus: give `--bus URL`, or set EVENT_BUS_URL".to_owned(),
            ));
        };
        let timeout = self.bus_timeout.unwrap_or(settings.consumer.start_timeout);
        Ok(Bus { backend: bus::open_with(url, &settings)?, settings, timeout })
    }
}

fn add(layers: Layers, path: &Path) -> Result<Layers, Failure> {
    let name = path.to_string_lossy();
    let text =
        fs::read_to_string(path).map_err(|error| Failure::Refused(format!("cannot read {name}: {error}")))?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Ok(layers.toml(&name, &text)),
        Some("json") => Ok(layers.json(&name, &text)),
        _ => Err(Failure::Refused(format!("{name}: settings are in a file `.toml` or `.json`"))),
    }
}

impl Bus {
    /// The topic of this name, with the prefix of the settings before it.
    pub(super) fn topic(&self, name: &str) -> Result<Topic, Failure> {
        let topic = Topic::with_prefix(&self.settings.topic_prefix, name);
        topic.map_err(|error| Failure::Refused(error.to_string()))
    }
}

/// Reads a time in seconds, such as `0.5`.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}
