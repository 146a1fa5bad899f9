//! What the commands about evolution have in common.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::evolution::{Mode, Policy, Reader, Report};
use crate::get_signal_by_type;

/// Which breaks count, where the lock file is not to decide.
#[derive(Args)]
pub(super) struct PolicyOptions {
    /// What must stay readable; without it, what the lock file says, or else `forward_transitive`.
    #[arg(long, value_parser = modes())]
    mode: Option<Mode>,
    /// For which readers; without it, what the lock file says, or else all.
    #[arg(long, value_delimiter = ',', value_parser = readers())]
    readers: Vec<Reader>,
}

impl PolicyOptions {
    /// The given policy, but for what was asked for.
    pub(super) fn over(&self, given: Policy) -> Policy {
        let readers =
            if self.readers.is_empty() { given.readers } else { self.readers.iter().copied().collect() };
        Policy { mode: self.mode.unwrap_or(given.mode), readers }
    }
}

fn modes() -> impl TypedValueParser<Value = Mode> {
    PossibleValuesParser::new(Mode::ALL.map(Mode::name)).try_map(|name| name.parse::<Mode>())
}

fn readers() -> impl TypedValueParser<Value = Reader> {
    PossibleValuesParser::new(Reader::ALL.map(Reader::name)).try_map(|name| name.parse::<Reader>())
}

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON object.
    Json,
    /// For GitHub: annotations of a workflow.
    Github,
}

/// Prints a report. `file` is what it is about, and where the annotations of events go whose source is not at hand.
pub(super) fn print(out: &mut dyn Write, report: &Report, format: Format, file: &Path) -> io::Result<()> {
    match format {
        Format::Human => writeln!(out, "{report}"),
        Format::Json => writeln!(out, "{}", report.to_json()),
        Format::Github => {
            let text = fs::read_to_string(file).unwrap_or_default();
            write!(out, "{}", report.to_github(|event_type| place(event_type, file, &text)))
        }
    }
}

/// The event's declaration if it is a file here, else its line in `file`.
fn place(event_type: &str, file: &Path, text: &str) -> (String, Option<usize>) {
    if let Ok(signal) = get_signal_by_type(event_type) {
        let declared = signal.info().location;
        let source = Path::new(declared.file());
        if source.is_relative() && source.is_file() {
            return (declared.file().to_owned(), usize::try_from(declared.line()).ok());
        }
    }
    let line = text.lines().position(|line| line.contains(event_type)).map(|before| before + 1);
    (file.display().to_string(), line)
}
