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
//! | `docs` | prints the reference of all events as a page of Markdown |
//! | `encode [FILE]` | writes events as Avro: `{"event_type", "record"}` in, `{"avro_hex"}` out, a line each |
//! | `decode [FILE]` | reads events from Avro: `{"event_type", "avro_hex"}` in, `{"record"}` out, a line each |
//! | `key [FILE]` | takes keys apart: `{"type", "input"}` in, `{"str", "fields"}` out, a line each |
//! | `schema TYPE…` | shows the Avro schemas of events, as upstream writes them |
//! | `schema lock`, `check`, `diff` | agree on the schemas of all events, and tell what [a change breaks](crate::evolution) |
//!
//! With the feature `bus` besides:
//!
//! | command | does |
//! |---|---|
//! | `consume -t TOPIC… -g GROUP` | hands the events of topics to the receivers of the program, and prints each as a CloudEvent when they are done with it |
//! | `consume -t TOPIC…` | prints the events of topics from the first one on; no receiver runs, and no group sees it |
//! | `produce -t TOPIC [FILE]` | publishes the events of a file or of the standard input to a topic |
//! | `group list`, `create`, `delete` | shows, makes and deletes the groups of a topic |
//!
//! `list`, `describe` and `send` take `--format json` for one JSON object a line. Personal data is not shown by any of
//! them, and by `consume` with `--show-pii` alone; what a receiver writes into its error is its own business. `decode` gives
//! the whole event, as that is what it is for. A line that `encode`, `decode` or `key` cannot answer gets `{"error"}`.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | all done; for `send`: every line was sent, and no receiver failed; for `consume`: it stopped cleanly, dead letters or not |
//! | 1 | a line was bad, a receiver failed, a schema breaks something or there is none, or the reader of the output went away before the end |
//! | 2 | the command could not be carried out: its arguments, an unknown type, an unreadable file, a failed [`check`](crate::check), the settings of the bus |
//! | 3 | the bus cannot be reached |
//! | 4 | `consume`: too many events in a row have ended as dead letters |
//! | 5 | the bus refuses, or a receiver is stuck |
//! | 6 | `consume`: receivers still ran when the time to stop was over; their events come again |
//! | 130, 143 | a second SIGINT or SIGTERM came while `consume` was stopping |
//!
//! # The bus
//!
//! Which bus it is say `--bus URL`, files of settings (`--config FILE`) and the environment, see
#![cfg_attr(feature = "bus", doc = "[`BusSettings`](crate::bus::BusSettings)")]
#![cfg_attr(not(feature = "bus"), doc = "`bus::BusSettings`")]
//! with its topic prefix. A bus that is not there is waited for, for 30 seconds unless `--bus-timeout` says otherwise; with
//! `-g` one that is lost later is waited for without an end.
//!
//! Looking must not consume: in a program without receivers `consume -g` is refused without `--yes`, as what the group
//! has not done would be done unseen. `--count` and `--until-idle` end `consume`, as SIGTERM and SIGINT do: receivers that run
//! then have 25 seconds, or `--drain`, to come to their end. They run on threads and in a tokio runtime of the command's own,
//! [`run_async`] or not.
//!
//! `produce` reads ahead as far as lines are there, publishes them at once, and prints their results when the bus keeps
//! them. An event has the key that the settings give it on that topic, or else its own. When the bus does not answer the lines
//! are published again, so that they may be there twice, which is told at the end.
//!
//! While the standard error is a terminal and the standard output is not, both show how far they have come.
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
#[cfg(feature = "bus")]
mod bus;
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
use std::io::{self, BufRead, IsTerminal as _, Write};
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
    /// Print the events of topics of the bus, one CloudEvent a line; with a group, while its receivers handle them.
    ///
    /// Personal data is not shown unless it is asked for. With a group, an event is printed when the receivers of this
    /// program are done with it, or it becomes a dead letter. SIGTERM and SIGINT stop the command; a second one ends it at
    /// once.
    #[cfg(feature = "bus")]
    Consume(bus::Consume),
    /// Publish events to a topic of the bus, and show what became of each.
    ///
    /// A line that is `ok` is kept by the bus. The receivers of this program do not get the events.
    #[cfg(feature = "bus")]
    Produce(bus::Produce),
    /// Show, make and delete the groups of a topic.
    #[cfg(feature = "bus")]
    Group(bus::Group),
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
    // The output is not locked: receivers that run on other threads may print too.
    let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout(), io::stderr());
    let streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr };
    run_on(args, streams, shows_progress())
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
    run_on(args, streams, false)
}

fn run_on<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: Streams<'_>,
    shows_progress: bool,
) -> ExitCode {
    let Streams { stdin, stdout, stderr } = streams;
    let outcome = match parse(args, stdout, stderr) {
        Ok(Command::Send { file, format }) => block_on::block_on(send::send(
            file.as_deref(),
            format,
            Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr },
        ))
        .unwrap_or_else(|inside| Err(Failure::Refused(inside.to_owned()))),
        Ok(other) => other.run(Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr }, shows_progress),
        Err(end) => return end,
    };
    end(outcome, stdout, stderr)
}

/// [`run`], inside the runtime of the caller: async receivers run there.
///
/// Reads the events with blocking calls, so nothing else should run on this thread: best called from the `main` of
/// `#[tokio::main]`.
pub async fn run_async<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> ExitCode {
    let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout(), io::stderr());
    let streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr };
    run_async_on(args, streams, shows_progress()).await
}

/// [`run_async`] on streams of the caller's.
pub async fn run_async_with<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: Streams<'_>,
) -> ExitCode {
    run_async_on(args, streams, false).await
}

/// Whether somebody waits at a terminal for what goes elsewhere.
fn shows_progress() -> bool {
    io::stderr().is_terminal() && !io::stdout().is_terminal()
}

async fn run_async_on<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: Streams<'_>,
    shows_progress: bool,
) -> ExitCode {
    let Streams { stdin, stdout, stderr } = streams;
    let outcome = match parse(args, stdout, stderr) {
        Ok(Command::Send { file, format }) => {
            let streams = Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr };
            send::send(file.as_deref(), format, streams).await
        }
        Ok(other) => other.run(Streams { stdin, stdout: &mut *stdout, stderr: &mut *stderr }, shows_progress),
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
    /// The bus has failed, or a consumer has.
    #[cfg(feature = "bus")]
    Stopped(crate::bus::StopError),
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
    #[cfg_attr(not(feature = "bus"), expect(unused_variables, reason = "no other command takes long"))]
    fn run(&self, streams: Streams<'_>, shows_progress: bool) -> Outcome {
        match self {
            Self::List { format } => list::list(*format, streams.stdout, streams.stderr)?,
            Self::Describe { event_type, format } => describe::describe(event_type, *format, streams.stdout)?,
            Self::Docs { format, title, out } => docs::docs(*format, title, out.as_deref(), streams.stdout)?,
            Self::Encode { file } => return answers::answer_all(file.as_deref(), streams, codec::encode),
            Self::Decode { file } => return answers::answer_all(file.as_deref(), streams, codec::decode),
            Self::Key { file } => return answers::answer_all(file.as_deref(), streams, key::key),
            Self::Schema(schema) => return schema.run(streams.stdout, streams.stderr),
            #[cfg(feature = "bus")]
            Self::Consume(consume) => return consume.run(streams, shows_progress),
            #[cfg(feature = "bus")]
            Self::Produce(produce) => return produce.run(streams, shows_progress),
            #[cfg(feature = "bus")]
            Self::Group(group) => return group.run(streams),
            Self::Send { .. } => {}
        }
        Ok(Success::Complete)
    }
}

/// The exit code of a command, with a message if it was not carried out. A reader who wants no more is no mistake.
fn end(outcome: Outcome, stdout: &mut dyn Write, stderr: &mut dyn Write) -> ExitCode {
    let outcome = outcome.and_then(|success| stdout.flush().map(|()| success).map_err(Failure::Output));
    let (message, code) = match outcome {
        Ok(Success::Complete) => return ExitCode::SUCCESS,
        Ok(Success::Incomplete) => return ExitCode::from(INCOMPLETE),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(Failure::Output(error)) => (format!("cannot write the output: {error}"), REFUSED),
        Err(Failure::Refused(message)) => (message, REFUSED),
        #[cfg(feature = "bus")]
        Err(Failure::Stopped(error)) => (error.to_string(), error.exit_code()),
    };
    let _ = writeln!(stderr, "error: {message}");
    ExitCode::from(code)
}
