//! `group`: the groups of a topic.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::options::{Bus, BusOptions};
use crate::EventData;
use crate::bus::{self, Backend, BusError, StartAt, StartTimeout, Topic};
use crate::cli::output::{Format, json_line, one_line};
use crate::cli::{Failure, Outcome, Streams, Success};
use crate::suggest::nearest;

#[derive(Args)]
pub(in crate::cli) struct Group {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the groups of a topic: what each has not read and not done, and its consumers.
    List {
        #[command(flatten)]
        topic: OfTopic,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Make a group. One that is there keeps its place.
    Create {
        #[command(flatten)]
        topic: OfTopic,
        /// The group.
        #[arg(short = 'g', long, value_name = "GROUP")]
        group: String,
        /// Begin behind the last entry, and not at the first.
        #[arg(long)]
        latest: bool,
    },
    /// Take a group away with all that it has not done, which is shown first.
    #[command(visible_alias = "forget")]
    Delete {
        #[command(flatten)]
        topic: OfTopic,
        /// The group.
        #[arg(short = 'g', long, value_name = "GROUP")]
        group: String,
        /// Delete it, and do not only show what it has not done.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
struct OfTopic {
    /// The topic, without the prefix of the settings.
    #[arg(short = 't', long, value_name = "TOPIC")]
    topic: String,
    #[command(flatten)]
    bus: BusOptions,
}

/// What is shown of a group.
#[derive(EventData)]
struct Listed {
    name: String,
    /// How many entries nobody of it has read, if the bus can tell.
    lag: Option<i64>,
    /// How many were read and are not done.
    pending: i64,
    consumers: Vec<String>,
    /// For how long entries have waited and nobody of it has done anything, if they do and the bus can tell.
    idle_seconds: Option<i64>,
}

impl Group {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        match &self.command {
            Command::List { topic, format } => list(&mut topic.open(stderr)?, *format, stdout)?,
            Command::Create { topic, group, latest } => {
                let start = if *latest { StartAt::Latest } else { StartAt::Earliest };
                create(&mut topic.open(stderr)?, group, start, stdout)?;
            }
            Command::Delete { topic, group, yes } => delete(&mut topic.open(stderr)?, group, *yes, stdout)?,
        }
        Ok(Success::Complete)
    }
}

fn list(groups: &mut Groups<'_>, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
    for group in groups.ask(|bus, topic| bus.groups(topic))? {
        let listed = Listed::of(&group);
        match format {
            Format::Human => listed.print(out)?,
            Format::Json => json_line(out, &listed)?,
        }
    }
    Ok(())
}

fn create(groups: &mut Groups<'_>, name: &str, start: StartAt, out: &mut dyn Write) -> Result<(), Failure> {
    check_name(name)?;
    let shown = one_line(name);
    if !groups.ask(|bus, topic| bus.create_group(topic, name, start))? {
        writeln!(out, "{shown} is there already, and keeps its place")?;
        return Ok(());
    }
    let place = if start == StartAt::Latest { "behind the last entry" } else { "at the first entry" };
    writeln!(out, "{shown} is made; it begins {place} of {}", groups.topic)?;
    Ok(())
}

fn delete(groups: &mut Groups<'_>, name: &str, is_sure: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let all = groups.ask(|bus, topic| bus.groups(topic))?;
    let topic = groups.topic.clone();
    let none = || {
        let near = nearest(name, all.iter().map(|group| group.name.as_str()));
        Failure::Refused(format!("{topic} has no group `{}`{near}", name.escape_debug()))
    };
    let group = all.iter().find(|group| group.name == name).ok_or_else(none)?;
    Listed::of(group).print(out)?;
    out.flush()?;
    if !is_sure {
        return Err(Failure::Refused(format!(
            "nothing is deleted: `{}` would lose what it has not done, and its place; give `--yes` if nobody needs it any \
             more",
            name.escape_debug()
        )));
    }
    if !groups.ask(|bus, topic| bus.delete_group(topic, name))? {
        return Err(none());
    }
    writeln!(out, "{} is deleted", one_line(name))?;
    Ok(())
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() { Err(Failure::Refused("a group needs a name".to_owned())) } else { Ok(()) }
}

/// The groups of one topic, on a bus that may have to be waited for.
struct Groups<'a> {
    bus: Bus,
    topic: Topic,
    stderr: &'a mut dyn Write,
}

impl OfTopic {
    fn open<'a>(&self, stderr: &'a mut dyn Write) -> Result<Groups<'a>, Failure> {
        let bus = self.bus.open()?;
        let topic = bus.topic(&self.topic)?;
        Ok(Groups { bus, topic, stderr })
    }
}

impl Groups<'_> {
    fn ask<T>(&mut self, ask: impl Fn(&dyn Backend, &Topic) -> Result<T, BusError>) -> Result<T, BusError> {
        let Self { bus, topic, stderr } = self;
        let mut has_told = false;
        StartTimeout::new(bus.timeout, &|| false).retry(
            || ask(&*bus.backend, topic),
            |error| {
                if !has_told {
                    has_told = true;
                    // What goes to stderr is not worth failing for.
                    let _ = writeln!(stderr, "waiting for the bus: {error}");
                }
            },
        )
    }
}

impl Listed {
    fn of(group: &bus::GroupInfo) -> Self {
        let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
        Self {
            name: group.name.clone(),
            lag: group.lag.map(number),
            pending: number(group.pending),
            consumers: group.consumers.clone(),
            idle_seconds: group.idle.map(|idle| number(idle.as_secs())),
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { name, lag, pending, consumers, idle_seconds } = self;
        let lag = lag.map_or_else(|| "an unknown number".to_owned(), |lag| lag.to_string());
        let consumers = match consumers.as_slice() {
            [] => "no consumers".to_owned(),
            consumers => format!("consumers: {}", consumers.join(", ")),
        };
        let idle = match idle_seconds.unwrap_or_default() / 3600 {
            // Consumers may take a while, or be restarted.
            ..1 => String::new(),
            hours @ 1..48 => format!("; idle for {hours} h"),
            hours => format!("; idle for {} days", hours / 24),
        };
        writeln!(
            out,
            "{}",
            one_line(&format!("{name}: {lag} not read, {pending} read and not done; {consumers}{idle}"))
        )
    }
}
