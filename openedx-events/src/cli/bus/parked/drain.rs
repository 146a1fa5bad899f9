//! `parked drain`.

use std::time::Duration;

use clap::Args;

use super::args::nothing_parked;
use crate::PersonalData;
use crate::bus::{ReadFrom, StopSignals, no_signals};
use crate::cli::Streams;
use crate::cli::bus::options::seconds;
use crate::cli::bus::printer::Printer;
use crate::cli::bus::progress::Progress;
use crate::cli::bus::receive::Receive;
use crate::cli::bus::rerun::check_receivers;
use crate::cli::bus::topic::TopicArgs;
use crate::cli::outcome::{Outcome, Success};
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Drain {
    #[command(flatten)]
    topic: TopicArgs,
    /// Consumer group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: String,
    /// Name of this consumer in its group; by default the host name. A consumer that has stopped is gone on with under its name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print personal data.
    #[arg(long)]
    show_pii: bool,
    /// How long running receivers may take to finish when a signal stops the command.
    #[arg(long = "drain", value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    stop_within: Duration,
}

impl Drain {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut open = self.topic.open_existing(stderr)?;
        if open.group(&self.group)?.parked == 0 {
            writeln!(stdout, "{}", nothing_parked(&self.group, &open))?;
            return Ok(Success::Complete);
        }
        check_receivers()?;
        let signals = StopSignals::watch().map_err(no_signals)?;
        let receive = Receive {
            group: &self.group,
            name: self.name.as_deref(),
            read_from: ReadFrom::Parked,
            start: None,
            count: None,
            until_idle: None,
            drain: self.stop_within,
            personal: if self.show_pii { PersonalData::Keep } else { PersonalData::Redact },
            allow_no_receivers: true,
            status: None,
            rerun: None,
        };
        let topics = vec![open.topic.clone()];
        let progress = Progress::new(terminal.shows_progress());
        let mut printer = Printer::new(stdout, &mut *open.stderr, progress);
        receive.run(&open.bus, topics, &signals, &mut printer)?;
        let left = open.group(&self.group)?.parked;
        if left == 0 {
            return Ok(Success::Complete);
        }
        open.note(&format!(
            "{left} events are still parked: `parked list` shows the receivers that they wait for"
        ));
        Ok(Success::Incomplete)
    }
}
