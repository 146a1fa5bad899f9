//! Printing what comes from the bus: [`Printer`].

use std::fmt;
use std::io::{self, Write};

use super::progress::Progress;
use crate::bus::{BusError, EntryId, Topic};
use crate::cli::output::one_line;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData, cloudevents};

/// What is printed of an entry.
pub(super) enum Printed {
    /// Its event, as a line of JSON.
    Event(String),
    /// Why it cannot be shown, with its topic and id.
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

/// Prints what comes from the bus, events to one stream and all else to the other.
pub(super) struct Printer<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    progress: Progress,
    has_told_of_waiting: bool,
    /// How many entries were printed, as an event or a problem.
    pub(super) entries: u64,
    /// How many of them as a problem.
    pub(super) problems: u64,
}

impl<'a> Printer<'a> {
    pub(super) fn new(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write, progress: Progress) -> Self {
        Self { stdout, stderr, progress, has_told_of_waiting: false, entries: 0, problems: 0 }
    }

    pub(super) fn print(&mut self, printed: &Printed) -> io::Result<()> {
        self.entries += 1;
        match printed {
            Printed::Event(line) => {
                // In one piece, as receivers may print too.
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

    /// What has been printed is seen from now on.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// A line for whoever watches.
    pub(super) fn note(&mut self, note: &str) {
        self.progress.clear(self.stderr);
        // What goes to stderr is not worth failing for.
        let _ = writeln!(self.stderr, "{}", one_line(note));
    }

    /// Tells once that the bus is not there.
    pub(super) fn tell_of_waiting(&mut self, error: &BusError) {
        if !self.has_told_of_waiting {
            self.has_told_of_waiting = true;
            self.note(&format!("waiting for the bus: {error}"));
        }
    }

    /// The bus is there.
    pub(super) fn has_waited(&mut self) {
        self.has_told_of_waiting = false;
    }

    pub(super) fn show_progress(&mut self) {
        self.progress.show(self.entries, self.stderr);
    }
}
