//! The command line as a library: a program that calls [`main`] has the commands for its own events and receivers, as the
//! binary `openedx-events` has them for the events of Open edX.
//!
//! ```no_run
//! # extern crate openedx_events as my_receivers;
//! // Links a crate that only declares events or receivers. The modules of the program itself are always linked.
//! openedx_events::link!(my_receivers as openedx_events);
//!
//! fn main() -> std::process::ExitCode {
//!     openedx_events::cli::main()
//! }
//! ```
//!
//! Programs with arguments of their own pass the remaining ones to [`run`], and programs with an async `main` await
//! [`run_async`].
//!
//! # Commands
//!
//! | command | what it does |
//! |---|---|
//! | `list` | lists all events of the program, and its filters |
//! | `describe TYPE` | shows the fields, the key and the receivers of an event, or the fields, the halts and the steps of a filter |
//! | `send [FILE]` | sends the events of a file or of standard input, as [CloudEvents](crate::cloudevents) |
//! | `docs` | generates the reference of all events and filters: a page of Markdown, a page of HTML with a search, or AsyncAPI |
//! | `encode [FILE]` | encodes events as Avro: `{"event_type", "record"}` to `{"avro_hex"}`, line by line |
//! | `decode [FILE]` | decodes events from Avro: `{"event_type", "avro_hex"}` to `{"record"}`, line by line |
//! | `key [FILE]` | parses opaque keys: `{"type", "input"}` to `{"str", "fields"}`, line by line |
//! | `schema TYPE…` | prints the Avro schemas of events, in upstream's form |
//! | `schema lock`, `check`, `diff` | record the schemas of all events, and report what [a change breaks](crate::evolution) |
//! | `vectors DIRECTORY [TYPE…]` | writes made-up events as JSON and Avro, and a script that tests a Python service against them |
//! | `completions SHELL` | prints completions for a shell |
//!
//! With the feature `bus`:
//!
//! | command | what it does |
//! |---|---|
//! | `topic list` | lists the topics with their length, age and dead letters |
//! | `lag` | shows how far groups are behind, over all topics |
//! | `pending -t TOPIC` | prints what groups have read and not finished |
//! | `tail -t TOPIC…` | prints what comes from now on or from a time, chosen by an expression, also what the program does not know |
//! | `doctor` | examines the program, its settings, the bus and the groups, and names what mends each finding |
//! | `consume -t TOPIC…` | prints the events of topics from the first one on; no receiver runs, and no group is affected |
//! | `consume -t TOPIC… -g GROUP` | runs the receivers of the program as a consumer of the group, and prints each event after its receivers |
//! | `produce -t TOPIC [FILE]` | publishes the events of a file or of standard input to a topic |
//! | `group list`, `create`, `delete` | lists, creates and deletes the consumer groups of a topic |
//! | `parked list`, `show`, `dead-letter`, `move`, `drop` | lists, shows and repairs the events that wait for receivers which do not work |
//! | `spill list`, `publish`, `export`, `drop` | lists the events in the spill files of producers; publishes them, prints them or removes them |
//!
//! With the feature `webhook`:
//!
//! | command | what it does |
//! |---|---|
//! | `webhook list` | lists the webhooks of the settings |
//! | `webhook test NAME` | posts a made-up event to a webhook, and shows the request and the response |
//! | `webhook run [NAME…]` | consumes the topics of webhooks and posts their events, until it is stopped |
//!
//! The input of `send`, `produce`, `encode`, `decode` and `key` is one JSON object per line, or objects that are formatted over
//! several lines. It is UTF-8, with or without a byte order mark.
//!
//! `list`, `describe`, `send`, `produce`, `topic list`, `lag`, `pending`, `doctor`, `group list`, `parked list`,
//! `parked show` and `spill list` print one JSON object per line with `--format json`. `encode`, `decode` and `key`
//! answer a line that they cannot process with `{"error"}`.
//!
//! Personal data is redacted, except by `--show-pii` of `consume`, `tail`, `parked show` and `spill export`, and by
//! `decode`, which prints the whole event. The error of a receiver is printed as the receiver wrote it.
//!
//! `group delete`, `parked dead-letter`, `move` and `drop`, and `spill publish` and `drop` say what they will change, and ask at
//! a terminal. Where there is none they change nothing without `--yes`. With `--dry-run` they never change anything.
//!
//! # Exit codes
//!
//! | code | meaning |
//! |---|---|
//! | 0 | success; for `send`: every line was sent, and no receiver failed; for `consume`: it stopped cleanly, with or without dead letters |
//! | 1 | a line was bad, `consume` without a group or `spill export` could not decode an entry, a receiver failed, a schema change breaks something or an event has no schema, `vectors --check` found a difference or an event has no vectors, parked events were left as they run, `doctor` found something, a webhook did not take the event of `webhook test`, or the output was closed before the end |
//! | 2 | the command could not run: invalid arguments, an unknown event type, an unreadable file, a failed [`check`](fn@crate::check), invalid settings of the bus |
//! | 3 | the bus cannot be reached |
//! | 4 | `consume`: too many events in a row were dead-lettered |
//! | 5 | the bus refused an operation, a receiver is stuck, or a webhook of `webhook run` is gone (410) |
//! | 6 | `consume`: receivers still ran at the end of the drain timeout; their events will be redelivered |
//! | 130, 143 | `consume` received a second SIGINT or SIGTERM while it was stopping |
//!
//! # The bus
//!
//! The bus is given by `--bus URL`, by files of settings (`--config FILE`) and by the environment; see
#![cfg_attr(feature = "bus", doc = "[`BusSettings`](crate::bus::BusSettings).")]
#![cfg_attr(not(feature = "bus"), doc = "`bus::BusSettings`.")]
//! The topic prefix of the settings applies. While the bus cannot be reached, commands retry for 30 seconds, or
//! `--bus-timeout`. With `-g`, a connection that is lost later is retried without a limit.
//!
//! `topic list`, `lag`, `pending`, `tail`, `doctor`, `consume` without a group and `group list` change nothing and
//! create nothing, and take the settings of programs with other events.
//!
//! In a program without receivers `consume -g` is refused unless `--yes` is given, because the group would skip all its
//! entries. `--count`, `--until-idle`, SIGTERM and SIGINT stop `consume`; receivers that still run then have 25 seconds, or
//! `--drain`, to finish. Receivers run on threads and in a tokio runtime of the command, even with [`run_async`].
//!
//! `produce` publishes all lines that are available in one batch, and prints a line's outcome after the bus has stored it.
//! If the bus does not answer, lines are published again and may be duplicated; a note at the end says how many.
//!
//! `consume` and `produce` show their progress while standard error is a terminal and standard output is not.
//!
//! # Async receivers
//!
//! `send` waits for all receivers of an event, including async ones, before it reads the next line. With the feature `tokio`
//! they run in a runtime of the command, with threads of its own. Without it they run on this thread, and can only await what
//! needs no runtime. [`run_async`] uses the runtime of the caller.
//!
//! Sync receivers may block on futures, as anywhere outside of a runtime: `send` calls them outside of its own. Only under
//! [`run_async`] they must not, as they run inside the runtime of the caller then.
//!
//! Receivers may read standard input. If `send` reads its events from there, they get what comes after the event.
//!
//! `send` never publishes to the event bus: like all events that are sent with their own metadata, these stay in the
//! program.

mod answers;
#[cfg(feature = "bus")]
mod bus;
mod command;
mod completions;
mod decode;
mod describe;
mod docs;
mod encode;
mod example;
mod executor;
mod filters;
mod found;
mod input;
mod key;
mod list;
mod outcome;
mod output;
mod produced;
mod request;
mod schema;
mod send;
mod stdin;
#[cfg(feature = "bus")]
mod table;
mod terminal;
mod values;
mod vectors;
mod wiring;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use command::Command;
use outcome::finish;
use stdin::StandardInput;
use terminal::Terminal;

use crate::unheard;

/// The streams of a command, for [`run_with`] and [`run_async_with`].
pub struct Streams<'a> {
    /// Read by commands that are called without a file.
    pub stdin: &'a mut dyn BufRead,
    /// Receives the results.
    pub stdout: &'a mut dyn Write,
    /// Receives everything else: summaries, progress notes and errors.
    pub stderr: &'a mut dyn Write,
}

impl Streams<'_> {
    fn reborrow(&mut self) -> Streams<'_> {
        Streams { stdin: self.stdin, stdout: self.stdout, stderr: self.stderr }
    }
}

impl fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").finish_non_exhaustive()
    }
}

/// Runs the command of this process: [`run`] with [`std::env::args_os`].
///
/// Blocks until the command ends. Must not be called inside an async runtime; see [`run_async`].
///
/// # Examples
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     openedx_events::cli::main()
/// }
/// ```
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

/// Runs a command on the standard streams, and returns its [exit code](self#exit-codes).
///
/// The first argument is the name of the program. Invalid arguments are reported on standard error.
///
/// Blocks until the command ends. Must not be called inside an async runtime, where `send` returns an error; see
/// [`run_async`].
///
/// # Examples
///
/// ```
/// use std::process::ExitCode;
///
/// use openedx_events::cli;
///
/// assert_eq!(cli::run(["my-program", "list"]), ExitCode::SUCCESS);
/// ```
pub fn run<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> ExitCode {
    // Nothing is locked longer than it takes to read or write: receivers do the same, also on other threads.
    let (mut stdin, mut stdout, mut stderr) = (StandardInput::default(), io::stdout(), io::stderr());
    let streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr };
    run_on(args, streams, Terminal::of_process())
}

/// Like [`run`], on other streams than the standard ones.
///
/// Receivers that print still write to the standard streams.
///
/// # Examples
///
/// ```
/// use std::process::ExitCode;
///
/// use openedx_events::cli::{Streams, run_with};
///
/// let mut stdin = r#"{"type": "CourseKey", "input": "edX/DemoX/2026"}"#.as_bytes();
/// let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
/// let streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr };
/// assert_eq!(run_with(["my-program", "key"], streams), ExitCode::SUCCESS);
///
/// let stdout = String::from_utf8(stdout)?;
/// assert!(stdout.contains(r#""org":"edX""#));
/// assert!(stdout.contains(r#""run":"2026""#));
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
pub fn run_with<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: Streams<'_>,
) -> ExitCode {
    run_on(args, streams, Terminal::default())
}

/// Like [`run`], in the async runtime of the caller: `send` awaits the receivers there.
///
/// The future reads its input with blocking calls, and commands other than `send` block until they end. Await it in
/// `main`, where nothing else runs on the same thread.
///
/// # Examples
///
/// ```no_run
/// use std::process::ExitCode;
///
/// #[tokio::main]
/// async fn main() -> ExitCode {
///     openedx_events::cli::run_async(std::env::args_os()).await
/// }
/// ```
pub async fn run_async<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> ExitCode {
    let (mut stdin, mut stdout, mut stderr) = (StandardInput::default(), io::stdout(), io::stderr());
    let streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr };
    run_async_on(args, streams, Terminal::of_process()).await
}

/// Like [`run_async`], on other streams than the standard ones. See [`run_with`].
///
/// # Examples
///
/// ```standalone_crate
/// use std::process::ExitCode;
///
/// use openedx_events::cli::{Streams, run_async_with};
///
/// #[tokio::main]
/// async fn main() {
///     let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
///     let streams = Streams { stdin: &mut std::io::empty(), stdout: &mut stdout, stderr: &mut stderr };
///     assert_eq!(run_async_with(["my-program", "send"], streams).await, ExitCode::SUCCESS);
///     assert_eq!(stderr, b"0 sent, 0 bad lines, 0 failed\n");
/// }
/// ```
pub async fn run_async_with<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: Streams<'_>,
) -> ExitCode {
    run_async_on(args, streams, Terminal::default()).await
}

/// Parses the arguments of a program whose commands print the failures of receivers themselves.
fn parse<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    streams: &mut Streams<'_>,
    terminal: Terminal,
) -> Result<Command, ExitCode> {
    unheard::leave_failures();
    Command::parse(args, (streams.stdout, streams.stderr), terminal)
}

fn run_on<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    mut streams: Streams<'_>,
    terminal: Terminal,
) -> ExitCode {
    match parse(args, &mut streams, terminal) {
        Ok(command) => {
            let outcome = command.run(streams.reborrow(), terminal);
            finish(outcome, streams.stdout, streams.stderr)
        }
        Err(code) => code,
    }
}

async fn run_async_on<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    mut streams: Streams<'_>,
    terminal: Terminal,
) -> ExitCode {
    match parse(args, &mut streams, terminal) {
        Ok(command) => {
            let outcome = command.run_async(streams.reborrow(), terminal).await;
            finish(outcome, streams.stdout, streams.stderr)
        }
        Err(code) => code,
    }
}
