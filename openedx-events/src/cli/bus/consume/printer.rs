//! Printing the entries of topics: [`Printer`].

use std::fmt;
use std::io::{self, Write};

use crate::bus::{EntryId, Topic};
use crate::cli::bus::progress::Progress;
use crate::cli::output::one_line;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData, cloudevents};

/// An entry as it is printed.
pub(super) enum Printed {
    /// The event, as a line of JSON.
    Event(String),
    /// Why the entry has no event, with its topic and id.
    Problem(String),
}

impl Printed {
    pub(super) fn event(
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

    pub(super) fn problem(topic: &Topic, entry: &EntryId, problem: &dyn fmt::Display) -> Self {
        Self::Problem(format!("error: {topic} {entry}: {problem}"))
    }
}

/// Prints events to stdout, and everything else to stderr.
pub(super) struct Printer<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    progress: Progress,
    /// The number of printed entries, events and problems.
    pub(super) entries: u64,
}

impl<'a> Printer<'a> {
    pub(super) fn new(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write, progress: Progress) -> Self {
        Self { stdout, stderr, progress, entries: 0 }
    }

    pub(super) fn print(&mut self, printed: &Printed) -> io::Result<()> {
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
                self.note(problem);
                Ok(())
            }
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Prints a line to stderr.
    pub(super) fn note(&mut self, note: &str) {
        self.progress.clear(self.stderr);
        // A command does not fail because stderr is closed.
        let _ = writeln!(self.stderr, "{}", one_line(note));
    }

    pub(super) fn show_progress(&mut self) {
        self.progress.show(self.entries, self.stderr);
    }
}
