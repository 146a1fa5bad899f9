//! `tail`: prints what comes, whether this program knows it or not.

mod raw;

use std::time::Duration;

use clap::Args;

use super::filter::{Filter, Verdict};
use super::follow::{Follow, Source};
use super::moment;
use super::open_bus::OpenBus;
use super::options::{BusOptions, seconds};
use super::printer::{Printed, Printer};
use super::progress::Progress;
use crate::avro::writer::WriterSchemas;
use crate::bus::{Backend, BusError, Decoded, Delivery, Position, StopSignals, Undecoded, no_signals};
use crate::cli::Streams;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::terminal::Terminal;
use crate::{PersonalData, cloudevents};
use raw::Raw;

#[derive(Args)]
pub(in crate::cli) struct Tail {
    /// Topics, without the prefix of the settings.
    #[arg(short = 't', long = "topic", value_name = "TOPIC", required = true, num_args = 1..)]
    topics: Vec<String>,
    #[command(flatten)]
    bus: BusOptions,
    /// Begin with the entries since a time such as `2026-01-31T09:30:00+01:00`, since `90s`, `15m`, `2h` or `1d` ago,
    /// by the clock of the bus, or since the entry with this id; `first` is the first one. By default only what comes
    /// from now on is printed.
    #[arg(long, value_name = "TIME|ID", default_value = "last", hide_default_value = true, value_parser = moment::place)]
    since: Position,
    /// Print only the events for which this expression is true, such as `user.id == 7 and not (mode in ["audit"])`.
    /// Personal data can be asked for, too.
    #[arg(long = "where", value_name = "EXPRESSION")]
    filter: Option<String>,
    /// Stop after this number of printed entries.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Stop when no entry has arrived for this time.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    until_idle: Option<Duration>,
    /// Print the dead letters of the topics instead, each with why it is one.
    #[arg(long)]
    dlq: bool,
    /// Print personal data, keys, and the bytes of what cannot be decoded.
    #[arg(long)]
    show_pii: bool,
}

impl Tail {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        // All that can be wrong with the arguments is said before the bus is opened.
        let filter = self.filter.as_deref().map(Filter::parse).transpose();
        let filter = filter.map_err(|error| Failure::Refused(format!("`--where`: {error}")))?;
        let mut open = OpenBus::open(&self.bus, stderr)?;
        let topics = open.chosen(&self.topics)?.into_iter().map(|info| info.topic);
        let source = if self.dlq { Source::of_dead_letters } else { Source::of_topic };
        let sources = topics.map(source).collect();
        let signals = StopSignals::watch().map_err(no_signals)?;
        let OpenBus { bus, stderr, .. } = open;
        let schemas = WriterSchemas::new();
        let show = |delivery: &Delivery, source: &Source| {
            self.show(delivery, source, filter.as_ref(), &schemas, &*bus.backend)
        };
        let follow = Follow {
            sources,
            from: self.since.clone(),
            count: self.count,
            until_idle: self.until_idle,
            show: &show,
        };
        let mut printer = Printer::new(stdout, stderr, Progress::new(terminal.shows_progress()));
        let read = follow.run(&bus, &signals, &mut printer)?;
        if filter.is_some() {
            printer.note(&format!("{} of {read} entries matched", printer.entries));
        }
        Ok(Success::Complete)
    }

    fn personal(&self) -> PersonalData {
        if self.show_pii { PersonalData::Keep } else { PersonalData::Redact }
    }

    /// An entry as it is printed; `None` if the filter does not choose it.
    fn show(
        &self,
        delivery: &Delivery,
        source: &Source,
        filter: Option<&Filter>,
        schemas: &WriterSchemas,
        backend: &dyn Backend,
    ) -> Result<Option<Printed>, BusError> {
        // Most are not chosen by their headers alone, and need not be decoded.
        let verdict = filter.map_or(Verdict::Chosen, |filter| filter.of_headers(&delivery.message));
        if let Verdict::NotChosen = verdict {
            return Ok(None);
        }
        let decoded = match Decoded::of(delivery, &source.topic, schemas, backend) {
            Ok(decoded) => Ok(decoded),
            Err(Undecoded::Dead(letter)) => Err(letter),
            Err(Undecoded::NotNow(error)) => return Err(error),
        };
        if let Verdict::Undecided(undecided) = verdict
            && !undecided.is_chosen(decoded.as_ref().ok().map(|decoded| &*decoded.event))
        {
            return Ok(None);
        }
        let raw = Raw { delivery, source, personal: self.personal() };
        let line = match decoded {
            Ok(decoded) => cloudevents::to_json(&*decoded.event, &decoded.metadata, self.personal())
                .unwrap_or_else(|error| raw.line(&error.to_string())),
            Err(letter) => {
                let why = letter.failures.into_iter().next().map(|failure| failure.error);
                raw.line(&why.unwrap_or_else(|| letter.reason.to_string()))
            }
        };
        Ok(Some(Printed::Event(if self.dlq { raw.with_reason(line) } else { line })))
    }
}
