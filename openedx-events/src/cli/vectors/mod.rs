//! `vectors`: made-up events with their Avro bytes, against which a Python service tests itself.

mod folder;
mod index;
mod vector;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Streams;
use super::outcome::{Failure, Outcome, Success};
use super::output::{one_line, report};
use crate::avro::SchemaError;
use crate::{AnySignal, all_events, get_signal_by_type};
use folder::{Files, Folder};
use index::{INDEX, Index};
use vector::{LeftOut, Vector};

/// The name of the script that tests a Python service, and the script.
const SCRIPT: (&str, &str) = ("check_vectors.py", include_str!("check_vectors.py"));

#[derive(Args)]
pub(super) struct Vectors {
    /// Directory to write to. What `vectors` has written there before is replaced; other files are left alone.
    #[arg(value_name = "DIRECTORY")]
    folder: PathBuf,
    /// Event types; without any, all events that can go on the event bus.
    #[arg(value_name = "TYPE")]
    types: Vec<String>,
    /// Change nothing, print how the directory differs from what would be written, and end with 1 if it does.
    #[arg(long)]
    check: bool,
}

impl Vectors {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let made = self.make(stderr)?;
        let folder = Folder::open(&self.folder)?;
        if self.check { made.check(&folder, stdout, stderr) } else { made.write(&folder, stdout, stderr) }
    }

    fn make(&self, stderr: &mut dyn Write) -> Result<Made, Failure> {
        let mut made = Made::default();
        for signal in self.signals()? {
            made.add(signal, stderr)?;
        }
        if made.index.events.is_empty() && !made.lacks_events {
            return Err(Failure::Refused(
                "there are no events that can go on the event bus: enable the feature of a subdomain, or link your crates \
                 with `openedx_events::link!`"
                    .to_owned(),
            ));
        }
        made.files.extend([
            (SCRIPT.0.to_owned(), SCRIPT.1.as_bytes().to_vec()),
            (INDEX.to_owned(), made.index.to_text()?.into_bytes()),
        ]);
        Ok(made)
    }

    fn signals(&self) -> Result<Vec<&'static dyn AnySignal>, Failure> {
        if self.types.is_empty() {
            let on_bus =
                |signal: &&dyn AnySignal| !matches!(signal.schema(), Err(SchemaError::InProcess { .. }));
            let mut signals: Vec<_> = all_events().iter().copied().filter(on_bus).collect();
            signals.dedup_by_key(|signal| signal.event_type());
            return Ok(signals);
        }
        let signal = |event_type: &String| {
            get_signal_by_type(event_type).map_err(|unknown| Failure::Refused(unknown.to_string()))
        };
        self.types.iter().map(signal).collect()
    }
}

/// What is to be in the directory.
#[derive(Default)]
struct Made {
    files: Files,
    index: Index,
    /// Whether an event has no vector.
    lacks_events: bool,
}

impl Made {
    fn add(&mut self, signal: &dyn AnySignal, stderr: &mut dyn Write) -> Result<(), Failure> {
        let event_type = signal.event_type();
        let schema = signal
            .schema()
            .map_err(|reason| Failure::Refused(format!("{event_type} has no schema: {reason}")))?;
        let (vectors, left_out) = Vector::all(signal)?;
        for LeftOut { case, problem } in left_out {
            let line = format!("{event_type} has no vector `{}`: {problem}", case.name());
            let _ = writeln!(stderr, "note: {}", one_line(&line));
        }
        if vectors.is_empty() {
            let _ = writeln!(
                stderr,
                "error: {event_type} has no vectors, as a type of it does not take made-up values"
            );
            self.lacks_events = true;
            return Ok(());
        }
        self.index.add(schema, vectors.iter().map(|vector| vector.case.name()));
        self.files.insert(index::schema(event_type), schema.to_pretty().into_bytes());
        for vector in vectors {
            let case = vector.case.name();
            self.files.insert(index::payload(event_type, case), vector.json.into_bytes());
            self.files.insert(index::bytes(event_type, case), vector.avro);
        }
        Ok(())
    }

    fn check(&self, folder: &Folder<'_>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Outcome {
        let differences = folder.differences(&self.files)?;
        let path = folder.path.display();
        if differences.is_empty() {
            writeln!(stdout, "{path} is up to date: {}", self.summary())?;
        } else {
            differences.iter().try_for_each(|difference| writeln!(stdout, "{difference}"))?;
            let _ = writeln!(
                stderr,
                "{path} is out of date: run the command without `--check`, and commit what it writes"
            );
        }
        Ok(Success::complete_if(differences.is_empty() && !self.lacks_events))
    }

    fn write(&self, folder: &Folder<'_>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Outcome {
        let changed = folder.write(&self.files)?;
        let (path, summary) = (folder.path.display(), self.summary());
        let text = match changed {
            0 => format!("{path} is up to date: {summary}"),
            1 => format!("changed 1 file in {path}: {summary}"),
            _ => format!("changed {changed} files in {path}: {summary}"),
        };
        report(stdout, stderr, &text)?;
        Ok(Success::complete_if(!self.lacks_events))
    }

    fn summary(&self) -> String {
        let counted = |count: usize, noun: &str| match count {
            1 => format!("1 {noun}"),
            _ => format!("{count} {noun}s"),
        };
        format!("{}, {}", counted(self.index.events.len(), "event"), counted(self.index.vectors(), "vector"))
    }
}
