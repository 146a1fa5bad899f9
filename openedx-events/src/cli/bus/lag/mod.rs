//! `lag`: how far groups are behind.

mod report;

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clap::Args;

use crate::bus::{StopSignals, no_signals};
use crate::cli::Streams;
use crate::cli::bus::amount::utc;
use crate::cli::bus::open_bus::OpenBus;
use crate::cli::bus::options::{BusOptions, seconds};
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{Format, json_line};
use crate::cli::terminal::{Colors, Terminal};
use crate::suggest::nearest;
use report::Report;

/// How often a wait looks for a signal.
const POLL: Duration = Duration::from_millis(50);

#[derive(Args)]
pub(in crate::cli) struct Lag {
    /// Topics, without the prefix of the settings; by default all.
    #[arg(short = 't', long = "topic", value_name = "TOPIC", num_args = 1..)]
    topics: Vec<String>,
    /// Only this consumer group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: Option<String>,
    #[command(flatten)]
    bus: BusOptions,
    /// Print it again at this interval, until SIGTERM or SIGINT.
    #[arg(long, value_name = "SECONDS", value_parser = interval)]
    watch: Option<Duration>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// An interval that leaves the bus some rest.
fn interval(text: &str) -> Result<Duration, String> {
    let interval = seconds(text)?;
    if interval < Duration::from_millis(100) { Err("at least 0.1".to_owned()) } else { Ok(interval) }
}

impl Lag {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut open = OpenBus::open(&self.bus, stderr)?;
        let Some(interval) = self.watch else {
            self.look(&mut open, terminal.colors(), stdout)?;
            return Ok(Success::Complete);
        };
        let signals = StopSignals::watch().map_err(no_signals)?;
        while !signals.has_come() {
            let started = Instant::now();
            if self.format == Format::Human {
                writeln!(stdout, "{}", utc(SystemTime::now()))?;
            }
            self.look(&mut open, terminal.colors(), stdout)?;
            stdout.flush()?;
            while started.elapsed() < interval && !signals.has_come() {
                thread::sleep(POLL.min(interval.saturating_sub(started.elapsed())));
            }
        }
        Ok(Success::Complete)
    }

    fn look(&self, open: &mut OpenBus<'_>, colors: Colors, out: &mut dyn Write) -> Result<(), Failure> {
        let report = Report::of(open, &self.topics)?;
        if let Some(group) = self.group.as_deref()
            && !report.groups().any(|name| name == group)
        {
            return Err(self.no_group(group, &report, open)?);
        }
        let report = report.of_group(self.group.as_deref());
        match self.format {
            Format::Human if report.is_empty() => writeln!(out, "{}", open.nothing())?,
            // Whoever reads lines of JSON gets none.
            Format::Json if report.is_empty() => open.note(&open.nothing()),
            Format::Human => report.table().print(colors, out)?,
            Format::Json => report.lines().try_for_each(|line| json_line(out, &line))?,
        }
        Ok(())
    }

    fn no_group(&self, group: &str, report: &Report, open: &OpenBus<'_>) -> Result<Failure, Failure> {
        let near = nearest(group, report.groups());
        let has = match self.topics.as_slice() {
            [] => format!("no topic of {} has a", open.address()),
            [topic] => format!("{} has no", open.bus.topic(topic)?),
            _ => "none of these topics has a".to_owned(),
        };
        Ok(Failure::Refused(format!("{has} group `{}`{near}", group.escape_debug())))
    }
}
