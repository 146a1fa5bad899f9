//! The topic whose groups a command is about: [`TopicArgs`].

use std::io::Write;

use clap::Args;

use crate::bus::{Backend, BusError, Topic};
use crate::cli::bus::options::{Bus, BusOptions};
use crate::cli::outcome::Failure;

#[derive(Args)]
pub(super) struct TopicArgs {
    /// Topic, without the prefix of the settings.
    #[arg(short = 't', long, value_name = "TOPIC")]
    topic: String,
    #[command(flatten)]
    bus: BusOptions,
}

/// The groups of one topic.
pub(super) struct Groups<'a> {
    bus: Bus,
    pub(super) topic: Topic,
    stderr: &'a mut dyn Write,
}

impl TopicArgs {
    pub(super) fn open<'a>(&self, stderr: &'a mut dyn Write) -> Result<Groups<'a>, Failure> {
        let bus = self.bus.open()?;
        let topic = bus.topic(&self.topic)?;
        Ok(Groups { bus, topic, stderr })
    }
}

impl Groups<'_> {
    /// Calls the bus, with retries while it cannot be reached.
    pub(super) fn call<T>(
        &mut self,
        call: impl Fn(&dyn Backend, &Topic) -> Result<T, BusError>,
    ) -> Result<T, BusError> {
        let Self { bus, topic, stderr } = self;
        bus.retry(
            &|| false,
            || call(&*bus.backend, topic),
            |note| {
                // A command does not fail because stderr is closed.
                let _ = writeln!(stderr, "{note}");
            },
        )
    }
}
