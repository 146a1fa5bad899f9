//! `list`: all events of the program, and its filters.

use std::io::{self, Write};

use clap::Args;

use super::Streams;
use super::filters::{self, ListedFilter};
use super::outcome::{Outcome, Success};
use super::output::{Format, json_line, paragraphs};
use super::produced::{Produced, ProducedOptions};
use crate::metadata::source::named_source_of_reader;
use crate::signal::registry::off_receivers;
use crate::{AnySignal, EventData, all_events, check, registry_summary};

#[derive(Args)]
pub(super) struct List {
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    settings: ProducedOptions,
}

/// What is shown of an event.
#[derive(EventData)]
struct Listed {
    r#type: String,
    signal: String,
    crate_name: String,
    minor_version: u32,
    receivers: u32,
    key: Option<String>,
    personal_data: bool,
    on_bus: bool,
    /// Why the event cannot go on the event bus.
    not_on_bus: Option<String>,
    /// The fingerprint of its Avro schema.
    fingerprint: Option<String>,
    /// The `source` of the events that the program sends; `None` if its service has no name.
    source: Option<String>,
    /// The repository that sends the event, by its declaration.
    trigger_repository: Option<String>,
    receiver_paths: Vec<String>,
    /// Those that are off.
    receivers_off: Vec<String>,
    /// The topics that the program publishes the event to; `None` if its settings are not known.
    topics: Option<Vec<String>>,
}

impl Listed {
    fn of(signal: &dyn AnySignal, produced: &Produced) -> Self {
        let (info, schema) = (signal.info(), signal.schema());
        Self {
            r#type: info.event_type.to_owned(),
            signal: info.signal_name.to_owned(),
            crate_name: info.crate_name().to_owned(),
            minor_version: info.minor_version,
            receivers: u32::try_from(signal.receivers().len()).unwrap_or(u32::MAX),
            key: info.key_field.map(str::to_owned),
            personal_data: signal.record().has_personal_data(),
            on_bus: schema.is_ok(),
            not_on_bus: schema.err().map(ToString::to_string),
            fingerprint: schema.ok().map(|schema| schema.fingerprint().to_string()),
            source: named_source_of_reader().map(str::to_owned),
            trigger_repository: info.trigger_repository.map(str::to_owned),
            receiver_paths: signal.receivers().iter().map(|receiver| receiver.path.to_string()).collect(),
            receivers_off: off_receivers(signal).iter().map(|off| off.info.path.to_string()).collect(),
            topics: produced.topics(info.event_type).map(<[String]>::to_vec),
        }
    }

    /// Puts the type on its own line, because the name of the signal would not fit on it.
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let receivers = match self.receivers {
            0 => "no receivers".to_owned(),
            1 => "1 receiver".to_owned(),
            count => format!("{count} receivers"),
        };
        let off = self.receivers_off.len();
        let receivers = if off > 0 { format!("{receivers} and {off} off") } else { receivers };
        let mut facts = vec![self.signal.clone(), self.crate_name.clone(), receivers];
        facts.extend(self.key.as_ref().map(|key| format!("key {key}")));
        facts.extend(self.personal_data.then(|| "personal data".to_owned()));
        facts.push(match &self.fingerprint {
            Some(fingerprint) => format!("schema {fingerprint}"),
            None => "not on the bus".to_owned(),
        });
        facts.extend(self.topics.iter().flatten().map(|topic| format!("published to {topic}")));
        writeln!(out, "{}", self.r#type)?;
        paragraphs(out, 4, &facts.join(", "))
    }
}

impl List {
    /// Prints the events and below them the filters, and to `stderr` the summary of the registry and the problems that [`check`] finds.
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let produced = self.settings.read(stderr)?;
        for signal in all_events() {
            let listed = Listed::of(*signal, &produced);
            match self.format {
                Format::Human => listed.print(stdout)?,
                Format::Json => json_line(stdout, &listed)?,
            }
        }
        for filter in filters::all() {
            let listed = ListedFilter::of(filter, named_source_of_reader());
            match self.format {
                Format::Human => listed.print(stdout)?,
                Format::Json => json_line(stdout, &listed)?,
            }
        }
        stdout.flush()?;
        // A command does not fail because stderr is closed.
        let _ = writeln!(stderr, "{}", registry_summary());
        if let Err(problems) = check() {
            let _ = writeln!(stderr, "warning: {problems}");
        }
        Ok(Success::Complete)
    }
}
