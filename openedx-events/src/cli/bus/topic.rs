//! The topic that a command is about: [`TopicArgs`] and [`OpenTopic`].

use std::io::Write;

use clap::Args;

use crate::bus::{Admin, Backend, BusError, ErrorKind, GroupInfo, Topic};
use crate::cli::bus::options::{Bus, BusOptions};
use crate::cli::bus::progress::Progress;
use crate::cli::outcome::Failure;
use crate::cli::output::one_line;
use crate::suggest::nearest;

#[derive(Args)]
pub(super) struct TopicArgs {
    /// Topic, without the prefix of the settings.
    #[arg(short = 't', long, value_name = "TOPIC")]
    topic: String,
    #[command(flatten)]
    bus: BusOptions,
}

/// A topic on its bus.
pub(super) struct OpenTopic<'a> {
    pub(super) bus: Bus,
    pub(super) topic: Topic,
    pub(super) stderr: &'a mut dyn Write,
    pub(super) progress: Progress,
}

/// What operators need of a bus.
///
/// # Errors
///
/// It does not offer it.
pub(super) fn admin(backend: &dyn Backend) -> Result<&dyn Admin, BusError> {
    let none = || BusError::new(ErrorKind::Unsupported, "this bus offers nothing to operators");
    backend.admin().ok_or_else(none)
}

impl TopicArgs {
    pub(super) fn open<'a>(&self, stderr: &'a mut dyn Write) -> Result<OpenTopic<'a>, Failure> {
        let bus = self.bus.open_without_events(stderr)?;
        self.on(bus, stderr)
    }

    /// The same, of a bus that is there.
    pub(super) fn open_existing<'a>(&self, stderr: &'a mut dyn Write) -> Result<OpenTopic<'a>, Failure> {
        let bus = self.bus.open_existing(stderr)?;
        self.on(bus, stderr)
    }

    fn on<'a>(&self, bus: Bus, stderr: &'a mut dyn Write) -> Result<OpenTopic<'a>, Failure> {
        let topic = bus.topic(&self.topic)?;
        Ok(OpenTopic { bus, topic, stderr, progress: Progress::new(false) })
    }
}

impl OpenTopic<'_> {
    /// Calls the bus, with retries while it cannot be reached.
    pub(super) fn call<T>(
        &mut self,
        mut call: impl FnMut(&dyn Backend, &Topic) -> Result<T, BusError>,
    ) -> Result<T, BusError> {
        let Self { bus, topic, stderr, progress } = self;
        let note = |note: &str| {
            progress.clear(*stderr);
            // A command does not fail because stderr is closed.
            let _ = writeln!(stderr, "{note}");
        };
        bus.retry(&|| false, || call(&*bus.backend, topic), note)
    }

    /// Prints a line to stderr.
    pub(super) fn note(&mut self, note: &str) {
        self.progress.clear(self.stderr);
        // A command does not fail because stderr is closed.
        let _ = writeln!(self.stderr, "{}", one_line(note));
    }

    pub(super) fn show_progress(&mut self, count: u64) {
        self.progress.show(count, self.stderr);
    }

    pub(super) fn clear_progress(&mut self) {
        self.progress.clear(self.stderr);
    }

    /// Checks that the topic exists.
    ///
    /// # Errors
    ///
    /// It does not. The error names topics that are similar.
    pub(super) fn exists(&mut self) -> Result<(), Failure> {
        if self.call(|bus, topic| bus.has_topic(topic))? {
            return Ok(());
        }
        let topics = self.call(|bus, _| bus.admin().map_or(Ok(Vec::new()), Admin::topics))?;
        let near = nearest(self.topic.as_str(), topics.iter().map(|info| info.topic.as_str()));
        Err(Failure::Refused(format!("{} has no topic `{}`{near}", self.bus.backend.address(), self.topic)))
    }

    /// The group of this name.
    ///
    /// # Errors
    ///
    /// The topic has no such group.
    pub(super) fn group(&mut self, name: &str) -> Result<GroupInfo, Failure> {
        let mut all = self.call(|bus, topic| bus.groups(topic))?;
        let Some(place) = all.iter().position(|group| group.name == name) else {
            let near = nearest(name, all.iter().map(|group| group.name.as_str()));
            return Err(Failure::Refused(format!(
                "{} has no group `{}`{near}",
                self.topic,
                name.escape_debug()
            )));
        };
        Ok(all.swap_remove(place))
    }
}
