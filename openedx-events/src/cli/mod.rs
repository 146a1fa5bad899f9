//! The command line, as a library: a program of one's own that calls [`main`] has the commands with its own events and
//! receivers, as the binary `openedx-events` has them with the shipped catalog.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! // The crates that hold the events and receivers; the program's own modules are there anyway.
//! # mod doc { use openedx_events as my_receivers;
//! openedx_events::link!(my_receivers as openedx_events);
//! # }
//!
//! fn main() -> ExitCode {
//!     openedx_events::cli::main()
//! }
//! ```
//!
//! | command | does |
//! |---|---|
//! | `list` | shows every event of the program |
//! | `describe TYPE` | shows an event's fields, key and receivers |
//! | `send [FILE]` | sends the events of a file or of the standard input, one [CloudEvent](crate::cloudevents) a line |
//!
//! | `docs` | prints the reference of all events as a page of Markdown |
//! | `encode [FILE]` | writes events as Avro: `{"event_type", "record"}` in, `{"avro_hex"}` out, a line each |
//! | `decode [FILE]` | reads events from Avro: `{"event_type", "avro_hex"}` in, `{"record"}` out, a line each |
//! | `key [FILE]` | takes keys apart: `{"type", "input"}` in, `{"str", "fields"}` out, a line each |
//! | `schema TYPE…` | shows the Avro schemas of events, as upstream writes them |
//! | `schema lock`, `check`, `diff` | agree on the schemas of all events, and tell what [a change breaks](crate::evolution) |
//!
//! `list`, `describe` and `send` take `--format json` for one JSON object a line. Personal data is not shown by any of
//! them; what a receiver writes into its error is its own business. `decode` gives the whole event, as that is what it is
//! for. A line that `encode`, `decode` or `key` cannot answer gets `{"error"}`.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | all done; for `send`: every line was sent, and no receiver failed |
//! | 1 | a line was bad, a receiver failed, a schema breaks something or there is none, or the reader of the output went away before the end |
//! | 2 | the command could not be carried out: its arguments, an unknown type, an unreadable file, a failed [`check`](crate::check) |
//!
//! # Async receivers
//!
//! `send` waits for all receivers of an event, async ones too, before it takes the next line. They run in a tokio
//! runtime of `send`'s own if the feature `tokio` is on, and without it on this thread, where they can await anything
//! that does not need a runtime. Inside a runtime call [`run_async`], which uses that one.
//!
//! # Not to the bus
//!
//! `send` delivers to the receivers of this program, with the metadata that the line has. As with any event that comes
//! with its metadata, nothing is produced to the event bus.

mod answers;
mod block_on;
mod codec;
mod describe;
mod docs;
mod key;
mod lines;
mod list;
mod output;
mod request;
mod schema;
mod send;

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use docs::Markup;
use output::Format;

/// Shows and sends the events of this program.
#[derive(Parser)]
#[command(name = "openedx-events", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show every event: type, signal, crate, number of receivers, key, personal data, schema.
    List {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show an event: its fields, key, minor version, schema and receivers in their order.
    Describe {
        /// The event type, such as `org.openedx.learning.course.enrollment.created.v1`.
        #[arg(value_name = "TYPE")]
        event_type: String,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Send events to the receivers of this program, and show what became of each.
    Send {
        /// A file with one CloudEvent a line, in JSON; without it, or with `-`, the standard input.
        file: Option<OsString>,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Print the reference of all events: types, keys, personal data, schemas, fields and records.
    Docs {
        #[arg(long, value_enum, default_value_t)]
        format: Markup,
        /// What stands over the page.
        #[arg(long, default_value = "Events")]
        title: String,
        /// The file to write; without it the page is printed.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write events as Avro: lines of `{"event_type", "record"}` in, of `{"avro_hex"}` or `{"error"}` out.
    Encode {
        /// A file with one JSON object a line; without it, or with `-`, the standard input.
        file: Option<OsString>,
    },
    /// Read events from Avro: lines of `{"event_type", "avro_hex"}` in, of `{"record"}` or `{"error"}` out.
    ///
    /// The record is the whole event, personal data included.
    Decode {
        /// A file with one JSON object a line; without it, or with `-`, the standard input.
        file: Option<OsString>,
    },
    /// Take keys apart: lines of `{"type", "input"}` in, of `{"str", "fields"}` or `{"error"}` out.
    ///
    /// The type is that of a field, such as `CourseKey`; the fields are those of upstream's class.
    Key {
        /// A file with one JSON object a line; without it, or with `-`, the standard input.
        file: Option<OsString>,
    },
    /// Show the Avro schemas of events, as upstream writes them; and check how they evolve.
    Schema(schema::Schema),
}

/// Where a command reads and writes.
pub struct Streams<'a> {
    /// What commands read without a file.
    pub stdin: &'a mut dyn BufRead,
    /// What was asked for.
    pub stdout: &'a mut dyn Write,
    /// Everything else: summaries and errors.
    pub stderr: &'a mut dyn Write,
}

/// Runs the command that this process was called with: [`run`] of [`std::env::args_os`].
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

/// Runs a command on the standard streams. The first argument is the program's name.
///
/// Blocks until the command is done; not for use inside an async runtime, see [`run_async`].
pub fn run<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> ExitCode {
    let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout().lock(), io::stderr());
    run_with(args, Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr })
}

/// [`run`] on streams of the caller's.
///
/// # Examples
///
/// ```
/// use openedx_events::cli::{Streams, run_with};
///
/// let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
/// run_with(
///     ["my-program", "list"],
///     Streams { stdin: &mut std::io::empty(), stdout: &mut stdout, stderr: &mut stderr },
/// );
/// assert!(String::from_utf8(stderr)?.starts_with("openedx-events "));
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
pub fn run_with<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: Streams<'_>,
) -> ExitCode {
    let Streams { stdin, stdout, stderr } = streams;
    let outcome = match parse(args, stdout, stderr) {
        Ok(Command::Send { file, format }) => block_on::block_on(send::send(
            file.as_deref(),
            format,
            Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr },
        ))
        .unwrap_or_else(|inside| Err(Failure::Refused(inside.to_owned()))),
        Ok(other) => other.run(Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr }),
        Err(end) => return end,
    };
    end(outcome, stdout, stderr)
}

/// [`run`], inside the runtime of the caller: async receivers run there.
///
/// Reads the events with blocking calls, so nothing else should run on this thread: best called from the `main` of
/// `#[tokio::main]`.
pub async fn run_async<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> ExitCode {
    let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout().lock(), io::stderr());
    run_async_with(args, Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr }).await
}

/// [`run_async`] on streams of the caller's.
pub async fn run_async_with<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: Streams<'_>,
) -> ExitCode {
    let Streams { stdin, stdout, stderr } = streams;
    let outcome = match parse(args, stdout, stderr) {
        Ok(Command::Send { file, format }) => {
            let streams = Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr };
            send::send(file.as_deref(), format, streams).await
        }
        Ok(other) => other.run(Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr }),
        Err(end) => return end,
    };
    end(outcome, stdout, stderr)
}

/// What a command came to.
enum Success {
    Complete,
    /// A line was bad, a receiver failed, or the output ended before the input.
    Incomplete,
}

/// Why a command was not carried out.
enum Failure {
    Refused(String),
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

type Outcome = Result<Success, Failure>;

const INCOMPLETE: u8 = 1;
const REFUSED: u8 = 2;

/// The command, or the exit code if there is none: after `--help`, and after a mistake.
fn parse<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Command, ExitCode> {
    match Arguments::try_parse_from(args) {
        Ok(arguments) => Ok(arguments.command),
        Err(message) if message.use_stderr() => {
            let _ = write!(stderr, "{message}");
            Err(ExitCode::from(REFUSED))
        }
        Err(message) => {
            let written = write!(stdout, "{message}").map(|()| Success::Complete).map_err(Failure::Output);
            Err(end(written, stdout, stderr))
        }
    }
}

impl Command {
    /// Runs a command that waits for nothing but its streams.
    fn run(&self, streams: Streams<'_>) -> Outcome {
        match self {
            Self::List { format } => list::list(*format, streams.stdout, streams.stderr)?,
            Self::Describe { event_type, format } => describe::describe(event_type, *format, streams.stdout)?,
            Self::Docs { format, title, out } => docs::docs(*format, title, out.as_deref(), streams.stdout)?,
            Self::Encode { file } => return answers::answer_all(file.as_deref(), streams, codec::encode),
            Self::Decode { file } => return answers::answer_all(file.as_deref(), streams, codec::decode),
            Self::Key { file } => return answers::answer_all(file.as_deref(), streams, key::key),
            Self::Schema(schema) => return schema.run(streams.stdout, streams.stderr),
            Self::Send { .. } => {}
        }
        Ok(Success::Complete)
    }
}

/// The exit code of a command, with a message if it was not carried out. A reader who wants no more is no mistake.
fn end(outcome: Outcome, stdout: &mut dyn Write, stderr: &mut dyn Write) -> ExitCode {
    let outcome = outcome.and_then(|success| stdout.flush().map(|()| success).map_err(Failure::Output));
    let message = match outcome {
        Ok(Success::Complete) => return ExitCode::SUCCESS,
        Ok(Success::Incomplete) => return ExitCode::from(INCOMPLETE),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(Failure::Output(error)) => format!("cannot write the output: {error}"),
        Err(Failure::Refused(message)) => message,
    };
    let _ = writeln!(stderr, "error: {message}");
    ExitCode::from(REFUSED)
}
