//! `consume`: events from the bus, to the receivers of this program or only to be looked at.

mod follow;
mod receive;

use std::io;
use std::time::Duration;

use clap::Args;

use super::options::{BusOptions, seconds};
use super::printer::Printer;
use super::progress::Progress;
use crate::PersonalData;
use crate::bus::{StopSignals, Topic, no_signals};
use crate::cli::{Failure, Outcome, Streams, Success};

#[derive(Args)]
pub(in crate::cli) struct Consume {
    /// The topics, without the prefix of the settings.
    #[arg(short = 't', long = "topic", value_name = "TOPIC", required = true, num_args = 1..)]
    topics: Vec<String>,
    /// The group that the program's receivers handle the events for. Without it events are only looked at, from the first
    /// one on, whatever others have done with them.
    #[arg(short = 'g', long, value_name = "GROUP")]
    pub(super) group: Option<String>,
    #[command(flatten)]
    bus: BusOptions,
    /// The name of this consumer in its group; without it that of the host.
    #[arg(long, value_name = "NAME", requires = "group")]
    pub(super) name: Option<String>,
    /// Stop after so many entries, those that cannot be read included.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: Option<u64>,
    /// Stop when nothing has come for so long, and nothing is in hand.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) until_idle: Option<Duration>,
    /// Show personal data.
    #[arg(long)]
    show_pii: bool,
    /// Consume for the group though this program has no receivers: what the group has not done is then done unseen.
    #[arg(long)]
    pub(super) yes: bool,
    /// How long receivers that run may take to come to their end when the command is to stop.
    #[arg(long, value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    pub(super) drain: Duration,
}

impl Consume {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, shows_progress: bool) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let bus = self.bus.open()?;
        let mut topics = Vec::new();
        for name in &self.topics {
            let topic = bus.topic(name)?;
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        let signals = StopSignals::watch().map_err(no_signals)?;
        let mut printer = Printer::new(stdout, stderr, Progress::new(shows_progress));
        let ended = match &self.group {
            Some(group) => {
                self.check_receivers(group, &topics)?;
                receive::receive(self, group, &bus, topics, &signals, &mut printer)
            }
            None => follow::follow(self, &bus, topics, &signals, &mut printer),
        };
        match ended {
            Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Ok(Success::Incomplete)
            }
            ended => ended.map(|()| Success::Complete),
        }
    }

    pub(super) fn personal(&self) -> PersonalData {
        if self.show_pii { PersonalData::Keep } else { PersonalData::Redact }
    }

    /// Whoever only wants to look must not take a group's events away from its service.
    fn check_receivers(&self, group: &str, topics: &[Topic]) -> Result<(), Failure> {
        crate::check().map_err(|problems| Failure::Refused(format!("nothing was consumed: {problems}")))?;
        if self.yes || crate::registry_summary().receivers > 0 {
            return Ok(());
        }
        let topics: Vec<_> = topics.iter().map(|topic| format!("`{topic}`")).collect();
        Err(Failure::Refused(format!(
            "this program has no receivers, so that all that the group `{}` has not done of {} would be done unseen, and the \
             service whose group it is would never get it: leave out `-g` to look, or give `--yes`",
            group.escape_debug(),
            topics.join(", ")
        )))
    }
}
