//! The options that choose the bus: [`BusOptions`].

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::Wiring;
use crate::bus::{self, Backend, BusError, BusSettings, Layers, LogInterval, RetryTimeout, Topic};
use crate::cli::outcome::Failure;
use crate::text_file;

#[derive(Args)]
pub(super) struct BusOptions {
    /// Address of the bus, such as `redis://localhost`; by default that of the settings.
    #[arg(long = "bus", value_name = "URL")]
    url: Option<String>,
    /// File with settings of the bus, `.toml` or `.json`; may be given several times. Later files override earlier ones,
    /// and the environment overrides all files.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Vec<PathBuf>,
    /// How long to retry while the bus cannot be reached; by default the setting `start_timeout`, or 30.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    bus_timeout: Option<Duration>,
}

/// The bus of a command. It need not be reachable yet.
pub(super) struct Bus {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) settings: BusSettings,
    pub(super) timeout: Duration,
}

type Open = fn(&str, &BusSettings) -> Result<Arc<dyn Backend>, BusError>;

impl BusOptions {
    /// Opens the bus for a command that publishes or runs receivers. It needs the events that the settings name.
    pub(super) fn open(&self, stderr: &mut dyn Write) -> Result<Bus, Failure> {
        let settings = read(&self.config, stderr)?;
        self.open_by(bus::open_with, settings)
    }

    /// Opens the bus for a command that only looks, or changes what is there: it creates no file, and takes the
    /// settings of programs with other events.
    pub(super) fn open_existing(&self, stderr: &mut dyn Write) -> Result<Bus, Failure> {
        let settings = read_for_looking(&self.config, stderr)?;
        self.open_by(bus::open_existing, settings)
    }

    /// Opens the bus for a command that needs no events.
    pub(super) fn open_without_events(&self, stderr: &mut dyn Write) -> Result<Bus, Failure> {
        // No receiver is called.
        let settings = read_for_looking(&self.config, stderr)?.wiring(Wiring::new());
        #[cfg(feature = "filters")]
        let settings = settings.filters(crate::filters::FiltersConfig::new());
        self.open_by(bus::open_with, settings)
    }

    fn open_by(&self, open: Open, settings: BusSettings) -> Result<Bus, Failure> {
        let Some(url) = self.url.as_deref().or(settings.url.as_deref()) else {
            return Err(Failure::Refused(
                "no bus is configured: pass `--bus URL` or set EVENT_BUS_URL".to_owned(),
            ));
        };
        let timeout = self.bus_timeout.unwrap_or(settings.consumer.start_timeout);
        Ok(Bus { backend: open(url, &settings)?, settings, timeout })
    }
}

/// The settings of these files and of the environment.
pub(super) fn read(files: &[PathBuf], stderr: &mut dyn Write) -> Result<BusSettings, Failure> {
    let mut layers = layers(files, stderr)?;
    if layers.leave_out_receivers() {
        let _ = writeln!(stderr, "warning: EVENT_RECEIVERS is ignored, as this program has no receivers");
    }
    if layers.leave_out_steps() {
        let _ = writeln!(stderr, "warning: OPEN_EDX_FILTERS_CONFIG is ignored, as this program has no steps");
    }
    layers.read_unlogged().map_err(|error| Failure::Refused(error.to_string()))
}

/// [`read`] for a command that does not need the events which the settings name. A warning names those that this
/// program does not have.
pub(in crate::cli) fn read_for_looking(
    files: &[PathBuf],
    stderr: &mut dyn Write,
) -> Result<BusSettings, Failure> {
    let read = layers(files, stderr)?.read_for_looking();
    let (settings, unknown) = read.map_err(|error| Failure::Refused(error.to_string()))?;
    if !unknown.is_empty() {
        let types: Vec<_> =
            unknown.iter().map(|event_type| format!("`{}`", event_type.escape_debug())).collect();
        let _ = writeln!(
            stderr,
            "warning: the settings name events that this program does not have: {}",
            types.join(", ")
        );
    }
    Ok(settings)
}

/// The layers of these files and of the environment. A warning names variables that begin like ours and are none, as
/// they may be misspelled.
pub(super) fn layers(files: &[PathBuf], stderr: &mut dyn Write) -> Result<Layers, Failure> {
    let layers =
        files.iter().try_fold(BusSettings::layers(), |layers, path| add(layers, path))?.environment();
    if let Some(variables) = layers.unknown_variables() {
        // A command does not fail because stderr is closed.
        let _ = writeln!(stderr, "warning: not a setting of the bus: {variables}");
    }
    Ok(layers)
}

fn add(layers: Layers, path: &Path) -> Result<Layers, Failure> {
    let name = path.to_string_lossy();
    let text =
        text_file::read(path).map_err(|error| Failure::Refused(format!("cannot read {name}: {error}")))?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Ok(layers.toml(&name, &text)),
        Some("json") => Ok(layers.json(&name, &text)),
        _ => Err(Failure::Refused(format!("{name}: a settings file must be `.toml` or `.json`"))),
    }
}

impl Bus {
    /// The topic of this name, with the prefix of the settings.
    pub(super) fn topic(&self, name: &str) -> Result<Topic, Failure> {
        let topic = Topic::with_prefix(&self.settings.topic_prefix, name);
        topic.map_err(|error| Failure::Refused(error.to_string()))
    }

    /// The name of a topic without the prefix of the settings, as commands take it.
    pub(super) fn name_of<'a>(&self, topic: &'a Topic) -> &'a str {
        let rest = topic.as_str().strip_prefix(&*self.settings.topic_prefix);
        match rest.and_then(|rest| rest.strip_prefix('-')) {
            Some(name) if !self.settings.topic_prefix.is_empty() => name,
            _ => topic.as_str(),
        }
    }

    /// The topics of these names, without duplicates.
    pub(super) fn topics(&self, names: &[String]) -> Result<Vec<Topic>, Failure> {
        let mut topics = Vec::new();
        for name in names {
            let topic = self.topic(name)?;
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        Ok(topics)
    }

    /// Calls `attempt`, and retries while the bus cannot be reached, unless `is_stopped` returns `true`. A note says so at
    /// once, and then at growing intervals.
    pub(super) fn retry<T>(
        &self,
        is_stopped: &dyn Fn() -> bool,
        attempt: impl FnMut() -> Result<T, BusError>,
        mut note: impl FnMut(&str),
    ) -> Result<T, BusError> {
        let mut notice = WaitNotice::default();
        RetryTimeout::new(self.timeout, is_stopped).retry(attempt, |error| notice.show(error, &mut note))
    }
}

/// Says that the command waits for the bus, at once and then at growing intervals.
#[derive(Default)]
pub(super) struct WaitNotice {
    interval: LogInterval,
}

impl WaitNotice {
    pub(super) fn show(&mut self, error: &BusError, note: impl FnOnce(&str)) {
        if self.interval.is_due() {
            note(&format!("waiting for the bus: {error}"));
        }
    }
}

/// Parses a duration in seconds, such as `0.5`.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}
