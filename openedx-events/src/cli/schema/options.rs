//! Options and output of `schema lock`, `check` and `diff`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::evolution::{Mode, Policy, Reader, Report};
use crate::get_signal_by_type;

/// Overrides the compatibility policy of the lock file.
#[derive(Args)]
pub(super) struct PolicyOptions {
    /// Compatibility mode; by default that of the lock file, or `forward_transitive`.
    #[arg(long, value_parser = modes())]
    mode: Option<Mode>,
    /// Readers that must stay compatible; by default those of the lock file, or all.
    #[arg(long, value_delimiter = ',', value_parser = readers())]
    readers: Vec<Reader>,
}

impl PolicyOptions {
    /// The given policy, overridden by the options.
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

/// Format of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text for people.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
}

/// Prints a report about `file`. Annotations of events whose source is not available point to it.
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

/// The declaration of the event if its source file exists, otherwise its line in `file`.
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
