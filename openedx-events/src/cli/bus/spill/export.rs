//! `spill export`.

use std::path::PathBuf;

use clap::Args;

use super::args::{Chosen, Events};
use crate::PersonalData;
use crate::avro::writer::WriterSchemas;
use crate::bus::{DeadLetter, Delivery, Topic, headers};
use crate::cli::Streams;
use crate::cli::bus::printer::{Printed, Printer};
use crate::cli::bus::progress::Progress;
use crate::cli::outcome::{Failure, Outcome, Success};

#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    events: Events,
    /// File with settings of the bus, `.toml` or `.json`; may be given several times.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// Print personal data.
    #[arg(long)]
    show_pii: bool,
}

/// The number of events that are read at a time.
const PAGE: usize = 100;

impl Export {
    pub(super) fn run(&self, streams: Streams<'_>, shows_progress: bool) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let chosen = self.events.choose(&self.config, stderr)?;
        let mut printer = Printer::new(stdout, stderr, Progress::new(shows_progress));
        let ended = chosen.iter().try_for_each(|chosen| self.print(chosen, &mut printer));
        let is_complete = printer.end();
        ended.map(|()| Success::complete_if(is_complete))
    }

    /// Prints the events of a topic.
    fn print(&self, chosen: &Chosen, printer: &mut Printer<'_>) -> Result<(), Failure> {
        let personal = if self.show_pii { PersonalData::Keep } else { PersonalData::Redact };
        let schemas = WriterSchemas::new();
        // What is not handed back is read again by the next one that opens the file.
        while let Some(spilled) = chosen.events.next(PAGE)? {
            for delivery in &spilled.deliveries {
                let read = Printed::read(delivery, &chosen.topic, &schemas, &*spilled.backend()?, personal)?;
                if let Ok(letter) = DeadLetter::read(&delivery.message) {
                    printer.note(&why(&chosen.topic, delivery, &letter));
                }
                printer.print(&read)?;
            }
            printer.flush()?;
            printer.show_progress(printer.entries);
        }
        Ok(())
    }
}

/// Why the bus did not take an event.
fn why(topic: &Topic, delivery: &Delivery, letter: &DeadLetter) -> String {
    let id = delivery.message.header(headers::ID).map(String::from_utf8_lossy).unwrap_or_default();
    let error = letter.failures.first().map_or(letter.reason.as_str(), |failure| &failure.error);
    format!("{topic}: {id} was set aside: {error}")
}
