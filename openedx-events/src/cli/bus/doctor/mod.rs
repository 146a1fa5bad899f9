//! `doctor`: what does not work, or will not for long, and what mends it.

mod program;
mod settings;
mod topics;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::EventData;
use crate::bus::{Finding, FindingLevel};
use crate::cli::Streams;
use crate::cli::bus::open_bus::OpenBus;
use crate::cli::bus::options::BusOptions;
use crate::cli::bus::topic::admin;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{Format, json_line, one_line};
use crate::cli::table::Alarm;
use crate::cli::terminal::{Colors, Terminal};

#[derive(Args)]
pub(in crate::cli) struct Doctor {
    /// Topics, without the prefix of the settings; by default all.
    #[arg(short = 't', long = "topic", value_name = "TOPIC", num_args = 1..)]
    topics: Vec<String>,
    #[command(flatten)]
    bus: BusOptions,
    /// Also compare the schemas of this program with a lock file, as `schema check` does.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A finding, as a line of JSON.
#[derive(EventData)]
struct Line {
    /// `ok`, `warn` or `bad`.
    level: String,
    subject: String,
    detail: String,
    /// What mends it.
    fix: Option<String>,
}

/// Prints findings as they come, and remembers the worst.
struct Findings<'a> {
    format: Format,
    colors: Colors,
    out: &'a mut dyn Write,
    worst: FindingLevel,
}

impl Findings<'_> {
    fn add(&mut self, finding: Finding) -> io::Result<()> {
        self.worst = self.worst.max(finding.level);
        let Finding { level, subject, detail, remedy, .. } = finding;
        match self.format {
            Format::Json => {
                json_line(self.out, &Line { level: level.to_string(), subject, detail, fix: remedy })
            }
            Format::Human => {
                let alarm = match level {
                    FindingLevel::Ok => Alarm::None,
                    FindingLevel::Warn => Alarm::Warn,
                    FindingLevel::Bad => Alarm::Bad,
                };
                let remedy = remedy.map(|remedy| format!("; fix: {remedy}")).unwrap_or_default();
                let (level, text) = (
                    alarm.paint(&format!("{level:<4}"), self.colors),
                    format!("{subject}: {detail}{remedy}"),
                );
                writeln!(self.out, "{level}  {}", one_line(&text))
            }
        }
    }

    fn add_all(&mut self, findings: impl IntoIterator<Item = Finding>) -> io::Result<()> {
        findings.into_iter().try_for_each(|finding| self.add(finding))
    }
}

impl Doctor {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut findings =
            Findings { format: self.format, colors: terminal.colors(), out: stdout, worst: FindingLevel::Ok };
        findings.add_all(program::findings())?;
        findings.add_all(self.lock.as_deref().map(program::schemas))?;
        findings.add_all(settings::findings(&self.bus.config)?)?;
        let ended = self.examine_bus(&mut findings, stderr);
        if let Err(Failure::Stopped(error)) = &ended {
            let remedy = "start the server, or correct its address: `--bus` or EVENT_BUS_URL";
            findings.add(Finding::bad("bus", error.to_string(), remedy))?;
        }
        // What was found until then is there, whatever becomes of the bus.
        findings.out.flush()?;
        ended?;
        Ok(Success::complete_if(findings.worst == FindingLevel::Ok))
    }

    fn examine_bus(&self, findings: &mut Findings<'_>, stderr: &mut dyn Write) -> Result<(), Failure> {
        // What is to be said of the settings is among the findings.
        let bus = self.bus.open_existing(&mut io::sink())?;
        let mut open = OpenBus::on(bus, stderr);
        let topics = open.chosen(&self.topics)?;
        let names: Vec<_> = topics.iter().map(|info| info.topic.clone()).collect();
        findings.add_all(open.call(|backend| admin(backend)?.inspect(&names))?)?;
        if topics.is_empty() {
            findings.add(Finding::ok("topics", open.nothing()))?;
        }
        for topic in topics {
            let groups = open.call(|backend| backend.groups(&topic.topic))?;
            let name = open.bus.name_of(&topic.topic).to_owned();
            let max_length = open.bus.settings.stream_max_len;
            findings.add_all(topics::findings(&name, &topic, &groups, max_length))?;
        }
        Ok(())
    }
}
