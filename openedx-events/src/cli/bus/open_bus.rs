//! The bus of a command that looks at several topics: [`OpenBus`].

use std::io::Write;

use super::options::{Bus, BusOptions};
use super::progress::Progress;
use super::topic::admin;
use crate::bus::{Backend, BusError, Topic, TopicInfo};
use crate::cli::outcome::Failure;
use crate::cli::output::one_line;
use crate::suggest::nearest;

/// A bus that exists, and where notes go. Nothing is created on it.
pub(super) struct OpenBus<'a> {
    pub(super) bus: Bus,
    pub(super) stderr: &'a mut dyn Write,
    pub(super) progress: Progress,
}

impl<'a> OpenBus<'a> {
    pub(super) fn open(options: &BusOptions, stderr: &'a mut dyn Write) -> Result<Self, Failure> {
        Ok(Self::on(options.open_existing(stderr)?, stderr))
    }

    pub(super) fn on(bus: Bus, stderr: &'a mut dyn Write) -> Self {
        Self { bus, stderr, progress: Progress::new(false) }
    }

    /// Calls the bus, with retries while it cannot be reached.
    pub(super) fn call<T>(
        &mut self,
        mut call: impl FnMut(&dyn Backend) -> Result<T, BusError>,
    ) -> Result<T, BusError> {
        let Self { bus, stderr, progress } = self;
        let note = |note: &str| {
            progress.clear(*stderr);
            // A command does not fail because stderr is closed.
            let _ = writeln!(stderr, "{note}");
        };
        bus.retry(&|| false, || call(&*bus.backend), note)
    }

    /// Prints a line to stderr.
    pub(super) fn note(&mut self, note: &str) {
        self.progress.clear(self.stderr);
        // A command does not fail because stderr is closed.
        let _ = writeln!(self.stderr, "{}", one_line(note));
    }

    /// The topics of the bus. With a topic prefix in the settings, those that begin with it.
    pub(super) fn topics(&mut self) -> Result<Vec<TopicInfo>, BusError> {
        let mut topics = self.call(|backend| admin(backend)?.topics())?;
        let prefix = &self.bus.settings.topic_prefix;
        if !prefix.is_empty() {
            let is_ours = |info: &TopicInfo| {
                info.topic.as_str().strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('-'))
            };
            topics.retain(is_ours);
        }
        Ok(topics)
    }

    /// Those of the topics that have these names, or all without names.
    ///
    /// # Errors
    ///
    /// One of them does not exist.
    pub(super) fn chosen(&mut self, names: &[String]) -> Result<Vec<TopicInfo>, Failure> {
        let wanted = self.bus.topics(names)?;
        let mut topics = self.topics()?;
        for topic in &wanted {
            if !topics.iter().any(|info| info.topic == *topic) {
                return Err(self.missing(topic, &topics));
            }
        }
        if !wanted.is_empty() {
            topics.retain(|info| wanted.contains(&info.topic));
        }
        Ok(topics)
    }

    fn missing(&self, topic: &Topic, topics: &[TopicInfo]) -> Failure {
        let near = nearest(topic.as_str(), topics.iter().map(|info| info.topic.as_str()));
        Failure::Refused(format!("{} has no topic `{topic}`{near}", self.address()))
    }

    /// The bus, as messages name it.
    pub(super) fn address(&self) -> String {
        self.bus.backend.address()
    }

    /// That there is no topic.
    pub(super) fn nothing(&self) -> String {
        match self.bus.settings.topic_prefix.as_str() {
            "" => format!("{} has no topics", self.address()),
            prefix => {
                format!("{} has no topics with the prefix `{}` of the settings", self.address(), prefix)
            }
        }
    }
}
