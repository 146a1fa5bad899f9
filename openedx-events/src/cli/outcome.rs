//! How commands and lines end, and the exit codes.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use super::output::one_line;
use crate::EventData;

/// How a command ended.
pub(super) type Outcome = Result<Success, Failure>;

pub(super) enum Success {
    Complete,
    /// A line was bad, or a receiver failed.
    Incomplete,
}

impl Success {
    pub(super) fn complete_if(is_complete: bool) -> Self {
        if is_complete { Self::Complete } else { Self::Incomplete }
    }
}

/// Why a command could not be carried out.
pub(super) enum Failure {
    Refused(String),
    Output(io::Error),
    /// The bus failed, or a consumer did.
    #[cfg(feature = "bus")]
    Stopped(crate::bus::StopError),
}

impl Failure {
    /// Whether the reader of the output has gone away.
    pub(super) fn is_closed_output(&self) -> bool {
        matches!(self, Self::Output(error) if is_closed(error))
    }
}

/// Whether an output has failed because its reader has gone away.
pub(super) fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What happened to a line of events.
#[derive(Clone, Copy, EventData)]
pub(super) enum LineOutcome {
    /// Sent or published, and no receiver failed.
    #[event_data(rename = "ok")]
    Ok,
    /// A receiver failed, or the event was not published.
    #[event_data(rename = "failed")]
    Failed,
    /// Not an event.
    #[event_data(rename = "bad")]
    Bad,
}

impl fmt::Display for LineOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Bad => "bad",
        })
    }
}

/// What is known of a line, for its report as text.
pub(super) struct LineSummary<'a> {
    pub(super) line: i64,
    pub(super) outcome: LineOutcome,
    /// The type and the id of the event, if they could be read.
    pub(super) event: (Option<&'a str>, Option<uuid::Uuid>),
    /// The path of the invalid member, and what is wrong.
    pub(super) problem: (Option<&'a str>, Option<&'a str>),
    /// Attributes of the line that are not part of an event.
    pub(super) unused: &'a [String],
}

/// Says how far a command has come whose output was closed.
pub(super) fn stopped_after(line: i64) -> String {
    format!("stopped after line {line}, because the output was closed")
}

impl LineSummary<'_> {
    /// Line number, outcome, type, id, problem and details, and behind them the notes, all on one line.
    pub(super) fn print(
        &self,
        details: Option<String>,
        notes: impl IntoIterator<Item = String>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Self { line, outcome, event: (event_type, id), problem: (path, reason), unused } = self;
        let mut parts = vec![line.to_string(), outcome.to_string()];
        parts.extend(event_type.zip(*id).map(|(event_type, id)| format!("{event_type} {id}")));
        parts.extend(path.map(|path| format!("`{path}`:")));
        parts.extend(reason.map(str::to_owned));
        parts.extend(details);
        let mut text = vec![parts.join(" ")];
        text.extend(notes);
        if !unused.is_empty() {
            text.push(format!("not used: {}", unused.join(", ")));
        }
        writeln!(out, "{}", one_line(&text.join("; ")))
    }
}

/// Flushes the output, prints an error if the command failed, and returns the exit code.
///
/// A command whose output was closed before the end is incomplete, whichever it is: what reads the exit code cannot know
/// how much was read. Nothing is printed for it here, since `| head` is not a mistake.
pub(super) fn finish(outcome: Outcome, stdout: &mut dyn Write, stderr: &mut dyn Write) -> ExitCode {
    const INCOMPLETE: u8 = 1;
    const REFUSED: u8 = 2;

    // The command may have failed for another reason than its output; then that is the reason.
    let flushed = stdout.flush();
    let (message, code) = match outcome.and_then(|success| Ok(flushed.map(|()| success)?)) {
        Ok(Success::Complete) => return ExitCode::SUCCESS,
        Ok(Success::Incomplete) => return ExitCode::from(INCOMPLETE),
        Err(failure) if failure.is_closed_output() => return ExitCode::from(INCOMPLETE),
        Err(Failure::Output(error)) => (format!("cannot write the output: {error}"), REFUSED),
        Err(Failure::Refused(message)) => (message, REFUSED),
        #[cfg(feature = "bus")]
        Err(Failure::Stopped(error)) => (error.to_string(), error.exit_code()),
    };
    let _ = writeln!(stderr, "error: {message}");
    ExitCode::from(code)
}
