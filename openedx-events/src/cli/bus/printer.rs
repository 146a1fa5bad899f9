//! Printing the entries of topics: [`Printer`].

use std::fmt;
use std::io::{self, Write};

use crate::avro::writer::WriterSchemas;
use crate::bus::{Backend, BusError, Decoded, Delivery, EntryId, Topic, Undecoded};
use crate::cli::bus::amount;
use crate::cli::bus::progress::Progress;
use crate::cli::output::one_line;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData, cloudevents};

/// An entry as it is printed.
pub(in crate::cli::bus) enum Printed {
    /// The event, as a line of JSON.
    Event(String),
    /// Why the entry has no event, with its topic and id.
    Problem(String),
}

impl Printed {
    /// Decodes an entry, or says why it would be dead-lettered.
    ///
    /// # Errors
    ///
    /// The schema that it was encoded with could not be looked up.
    pub(in crate::cli::bus) fn read(
        delivery: &Delivery,
        topic: &Topic,
        schemas: &WriterSchemas,
        backend: &dyn Backend,
        personal: PersonalData,
    ) -> Result<Self, BusError> {
        let read = event_line(delivery, topic, schemas, backend, personal)?;
        Ok(match read {
            Ok(line) => Self::Event(line),
            Err(problem) => Self::problem(topic, &delivery.entry, &problem),
        })
    }

    pub(in crate::cli::bus) fn event(
        event: &dyn AnyEvent,
        metadata: &EventsMetadata,
        personal: PersonalData,
        topic: &Topic,
        entry: &EntryId,
    ) -> Self {
        match cloudevents::to_json(event, metadata, personal) {
            Ok(line) => Self::Event(line),
            Err(error) => Self::problem(topic, entry, &error),
        }
    }

    pub(in crate::cli::bus) fn problem(topic: &Topic, entry: &EntryId, problem: &dyn fmt::Display) -> Self {
        Self::Problem(format!("error: {topic} {entry}: {problem}"))
    }
}

/// The event of an entry as a line of JSON, or why it would be dead-lettered.
///
/// # Errors
///
/// The schema that it was encoded with could not be looked up.
pub(in crate::cli::bus) fn event_line(
    delivery: &Delivery,
    topic: &Topic,
    schemas: &WriterSchemas,
    backend: &dyn Backend,
    personal: PersonalData,
) -> Result<Result<String, String>, BusError> {
    match Decoded::of(delivery, topic, schemas, backend) {
        Ok(decoded) => {
            let line = cloudevents::to_json(&*decoded.event, &decoded.metadata, personal);
            Ok(line.map_err(|error| error.to_string()))
        }
        Err(Undecoded::Dead(letter)) => {
            let why = letter.failures.into_iter().next().map(|failure| failure.error);
            Ok(Err(why.unwrap_or_else(|| letter.reason.to_string())))
        }
        Err(Undecoded::NotNow(error)) => Err(error),
    }
}

/// Prints events to stdout, and everything else to stderr.
pub(in crate::cli::bus) struct Printer<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    progress: Progress,
    /// The number of printed entries, events and problems.
    pub(in crate::cli::bus) entries: u64,
    /// The number of those that have no event.
    problems: u64,
}

impl<'a> Printer<'a> {
    pub(in crate::cli::bus) fn new(
        stdout: &'a mut dyn Write,
        stderr: &'a mut dyn Write,
        progress: Progress,
    ) -> Self {
        Self { stdout, stderr, progress, entries: 0, problems: 0 }
    }

    pub(in crate::cli::bus) fn print(&mut self, printed: &Printed) -> io::Result<()> {
        self.entries += 1;
        match printed {
            Printed::Event(line) => {
                // In one write, because receivers may print too.
                let mut whole = String::with_capacity(line.len() + 1);
                whole.push_str(line);
                whole.push('\n');
                self.stdout.write_all(whole.as_bytes())
            }
            Printed::Problem(problem) => {
                self.problems += 1;
                self.note(problem);
                Ok(())
            }
        }
    }

    /// Says how many entries have no event, if there are any. Returns whether there are none.
    pub(in crate::cli::bus) fn end(&mut self) -> bool {
        let Self { entries, problems, .. } = *self;
        if problems > 0 {
            self.note(&format!("{problems} of {} could not be decoded", amount::entries(entries)));
        }
        problems == 0
    }

    pub(in crate::cli::bus) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Prints a line to stderr.
    pub(in crate::cli::bus) fn note(&mut self, note: &str) {
        self.progress.clear(self.stderr);
        // A command does not fail because stderr is closed.
        let _ = writeln!(self.stderr, "{}", one_line(note));
    }

    /// Shows the number of entries so far, printed or not.
    pub(in crate::cli::bus) fn show_progress(&mut self, entries: u64) {
        self.progress.show(entries, self.stderr);
    }
}
