//! `group list`: the groups of a topic.

use std::io::{self, Write};

use clap::Args;

use crate::EventData;
use crate::bus::GroupInfo;
use crate::cli::Streams;
use crate::cli::bus::amount::number;
use crate::cli::bus::topic::TopicArgs;
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::{Format, json_line, one_line};

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    topic: TopicArgs,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl List {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        for group in self.topic.open_existing(stderr)?.call(|bus, topic| bus.groups(topic))? {
            let listed = Listed::of(&group);
            match self.format {
                Format::Human => listed.print(stdout)?,
                Format::Json => json_line(stdout, &listed)?,
            }
        }
        Ok(Success::Complete)
    }
}

/// What is shown of a group.
#[derive(EventData)]
pub(in crate::cli::bus) struct Listed {
    name: String,
    /// The number of entries that the group has not read, if the bus knows it.
    lag: Option<i64>,
    /// The number of entries that were read and are not done.
    pending: i64,
    consumers: Vec<String>,
    /// How long entries have waited while no consumer was active, if any wait and the bus knows it.
    idle_seconds: Option<i64>,
    /// The number of events that wait for receivers which do not work, and have left the topic.
    parked: i64,
}

impl Listed {
    pub(in crate::cli::bus) fn of(group: &GroupInfo) -> Self {
        Self {
            name: group.name.clone(),
            lag: group.lag.map(number::<u64>),
            pending: number(group.pending),
            consumers: group.consumers.clone(),
            idle_seconds: group.idle.map(|idle| number(idle.as_secs())),
            parked: number(group.parked),
        }
    }

    pub(in crate::cli::bus) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { name, lag, pending, consumers, idle_seconds, parked } = self;
        let lag = lag.map_or_else(|| "unknown".to_owned(), |lag| lag.to_string());
        let consumers = match consumers.as_slice() {
            [] => "no consumers".to_owned(),
            consumers => format!("consumers {}", consumers.join(", ")),
        };
        let idle = match idle_seconds.unwrap_or_default() / 3600 {
            // Not worth a note: receivers may be slow, or consumers restarting.
            ..1 => String::new(),
            hours @ 1..48 => format!("; idle for {hours} h"),
            hours => format!("; idle for {} days", hours / 24),
        };
        let parked = if *parked > 0 { format!(", parked {parked}") } else { String::new() };
        let line = format!("{name}: lag {lag}, pending {pending}{parked}; {consumers}{idle}");
        writeln!(out, "{}", one_line(&line))
    }
}
