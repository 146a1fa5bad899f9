//! The arguments: [`Command`].

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use super::Streams;
use super::executor::Executor;
use super::outcome::{Failure, Outcome, Success, finish, is_closed};
use super::output::WIDTH;
use super::terminal::Terminal;

/// Inspect, send and publish the events of this program.
#[derive(Parser)]
#[command(name = "openedx-events", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    #[cfg_attr(
        not(feature = "filters"),
        doc = "List all events: type, signal, crate, number of receivers, key, personal data, schema."
    )]
    #[cfg_attr(
        feature = "filters",
        doc = "List all events: type, signal, crate, number of receivers, key, personal data, schema; and all filters: type, name, crate, number of steps, halts."
    )]
    List(super::list::List),
    #[cfg_attr(not(feature = "filters"), doc = "Show the fields, key, schema and receivers of an event.")]
    #[cfg_attr(
        feature = "filters",
        doc = "Show the fields, key, schema and receivers of an event, or the fields, halts and steps of a filter."
    )]
    Describe(super::describe::Describe),
    /// Send events to the receivers of this program, and print the outcome of each.
    Send(super::send::Send),
    #[cfg_attr(
        not(feature = "filters"),
        doc = "Generate the reference of all events: types, keys, personal data, schemas, fields and records."
    )]
    #[cfg_attr(
        feature = "filters",
        doc = "Generate the reference of all events and filters: types, keys, personal data, schemas, fields, records, halts and steps."
    )]
    ///
    /// `--format html` is one file with a search, which needs no network; `--format asyncapi` is AsyncAPI 3.0.
    Docs(super::docs::Docs),
    /// Encode events as Avro: one `{"event_type", "record"}` per line to `{"avro_hex"}` or `{"error"}`
    Encode(super::encode::Encode),
    /// Decode events from Avro: one `{"event_type", "avro_hex"}` per line to `{"record"}` or `{"error"}`
    ///
    /// The record is the whole event, including personal data.
    Decode(super::decode::Decode),
    /// Parse opaque keys: one `{"type", "input"}` per line to `{"str", "fields"}` or `{"error"}`
    ///
    /// The type is that of a field, such as `CourseKey`. The fields are those of the upstream class.
    Key(super::key::Key),
    /// Print the Avro schemas of events, and check how they evolve.
    Schema(super::schema::Schema),
    /// Write made-up events as JSON and Avro, and a script that tests a Python service against them.
    ///
    /// Each event has several payloads: all fields, only the required ones, empty values, extreme values. The output is the same in
    /// every run, so that it can stand in version control.
    Vectors(super::vectors::Vectors),
    /// Print completions for a shell.
    ///
    /// Bash: `source <(openedx-events completions bash)`. Other shells read them from a file in their folder of completions.
    Completions(super::completions::Completions),
    /// Print the events of topics, one CloudEvent per line; with a group, run the receivers of this program.
    ///
    /// Personal data is redacted unless `--show-pii` is given. With a group, an event is printed when the receivers of this
    /// program have processed it, or when it is dead-lettered. SIGTERM and SIGINT stop the command gracefully; a second
    /// signal ends it at once.
    #[cfg(feature = "bus")]
    Consume(super::bus::Consume),
    /// Publish events to a topic, and print the outcome of each.
    ///
    /// The outcome `ok` means that the bus has stored the event. The receivers of this program do not run.
    #[cfg(feature = "bus")]
    Produce(super::bus::Produce),
    /// List the topics of the bus.
    #[cfg(feature = "bus")]
    Topic(super::bus::Topics),
    /// Show how far groups are behind, over all topics. Changes nothing.
    ///
    /// Red: entries wait and nobody consumes, or events are parked for a receiver that does not work. Yellow: the lag is
    /// unknown, an entry has waited for more than an hour, or the topic has dead letters. Colours are used at a terminal
    /// only, and not if NO_COLOR is set.
    #[cfg(feature = "bus")]
    Lag(super::bus::Lag),
    /// Examine the program, its settings, the bus and the groups, and name the command that mends each finding. Changes
    /// nothing.
    ///
    /// The exit code is 1 if there is a warning or worse, and 3 if the bus cannot be reached.
    #[cfg(feature = "bus")]
    Doctor(super::bus::Doctor),
    /// Print what comes to topics from now on, or from a time. Runs no receiver, and changes nothing.
    ///
    /// Events that this program does not know, or cannot decode, are shown by their headers and bytes. Personal data,
    /// keys and those bytes are redacted unless `--show-pii` is given.
    #[cfg(feature = "bus")]
    Tail(super::bus::Tail),
    /// Print what groups of a topic have read and not finished: pending entries and parked events. Changes nothing.
    #[cfg(feature = "bus")]
    Pending(super::bus::Pending),
    /// List, create and delete the consumer groups of a topic.
    #[cfg(feature = "bus")]
    Group(super::bus::Group),
    /// List, publish, export and drop the events in spill files.
    #[cfg(feature = "bus")]
    Spill(super::bus::Spill),
    /// List, show and repair the events that wait for receivers which do not work.
    #[cfg(feature = "bus")]
    Parked(super::bus::Parked),
    /// List, show and repair dead letters.
    #[cfg(feature = "bus")]
    Dlq(super::bus::Dlq),
    /// Run the receivers of this program again for a part of a topic. Shows how many events and asks.
    ///
    /// A group of its own remembers how far it has come, and is deleted at the end: other groups are not affected. If the command is
    /// interrupted, the same command goes on where it ended.
    #[cfg(feature = "bus")]
    Replay(super::bus::Replay),
    /// Move a group to another place in its topic. Shows what it reads then and asks.
    ///
    /// No consumer of the group may run. What it has acknowledged behind the place is delivered again.
    #[cfg(feature = "bus")]
    Seek(super::bus::Seek),
    /// Post events to the webhooks of the settings, list them, and try one.
    #[cfg(feature = "webhook")]
    Webhook(super::bus::Webhook),
}

impl Command {
    /// Parses the arguments, of which the first is the name of the program.
    ///
    /// # Errors
    ///
    /// The exit code: after `--help` or `--version`, and after invalid arguments.
    pub(super) fn parse<A: Into<OsString> + Clone>(
        args: impl IntoIterator<Item = A>,
        (stdout, stderr): (&mut dyn Write, &mut dyn Write),
        terminal: Terminal,
    ) -> Result<Self, ExitCode> {
        // A program that reads the help gets one line for each option. Zero is without a limit.
        let width = if terminal.shows_output() { WIDTH } else { 0 };
        let mut command = Arguments::command().term_width(width);
        let parsed = command.try_get_matches_from_mut(args);
        let parsed = parsed.and_then(|matches| Arguments::from_arg_matches(&matches));
        match parsed.map_err(|error| error.format(&mut command)) {
            Ok(arguments) => Ok(arguments.command),
            Err(message) if message.use_stderr() => {
                let _ = write!(stderr, "{message}");
                Err(ExitCode::from(2))
            }
            Err(message) => {
                let written = match write!(stdout, "{message}").and_then(|()| stdout.flush()) {
                    // As in every program with clap: nobody takes a part of the help for all of it.
                    Err(error) if is_closed(&error) => return Err(ExitCode::SUCCESS),
                    written => written.map(|()| Success::Complete),
                };
                Err(finish(written.map_err(Failure::Output), stdout, stderr))
            }
        }
    }

    /// Runs the command, which blocks this thread.
    #[cfg_attr(
        not(feature = "bus"),
        expect(unused_variables, reason = "only commands of the bus ask and show progress")
    )]
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        match self {
            Self::List(list) => list.run(streams),
            Self::Describe(describe) => describe.run(streams),
            Self::Send(send) => Executor::run(async |executor| send.run(streams, executor).await)
                .unwrap_or_else(|message| Err(Failure::Refused(message.to_owned()))),
            Self::Docs(docs) => docs.run(streams),
            Self::Encode(encode) => encode.run(streams),
            Self::Decode(decode) => decode.run(streams),
            Self::Key(key) => key.run(streams),
            Self::Schema(schema) => schema.run(streams),
            Self::Vectors(vectors) => vectors.run(streams),
            Self::Completions(completions) => completions.run(&mut Arguments::command(), streams.stdout),
            #[cfg(feature = "bus")]
            Self::Consume(consume) => consume.run(streams, terminal.shows_progress()),
            #[cfg(feature = "bus")]
            Self::Produce(produce) => produce.run(streams, terminal.shows_progress()),
            #[cfg(feature = "bus")]
            Self::Topic(topics) => topics.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Lag(lag) => lag.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Doctor(doctor) => doctor.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Tail(tail) => tail.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Pending(pending) => pending.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Group(group) => group.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Spill(spill) => spill.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Parked(parked) => parked.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Dlq(dlq) => dlq.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Replay(replay) => replay.run(streams, terminal),
            #[cfg(feature = "bus")]
            Self::Seek(seek) => seek.run(streams, terminal),
            #[cfg(feature = "webhook")]
            Self::Webhook(webhook) => webhook.run(streams),
        }
    }

    /// Runs the command in the async runtime of the caller, where `send` awaits the receivers. Other commands block.
    pub(super) async fn run_async(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        match self {
            Self::Send(send) => send.run(streams, &Executor::Caller).await,
            other => other.run(streams, terminal),
        }
    }
}
