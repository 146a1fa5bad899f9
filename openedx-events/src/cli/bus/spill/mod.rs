//! `spill`: the events in the spill files of producers.

mod args;
mod drop;
mod export;
mod list;
mod publish;

use clap::{Args, Subcommand};

use crate::cli::Streams;
use crate::cli::outcome::Outcome;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(in crate::cli) struct Spill {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the events in spill files by file and topic. Changes nothing.
    List(list::List),
    /// Publish the events in spill files, each to the topic that it was sent to. Shows how many and asks.
    ///
    /// Files of running processes are left alone: those processes publish the events themselves.
    Publish(publish::Publish),
    /// Print the events in spill files, one CloudEvent per line. The events stay in the files.
    ///
    /// Personal data is redacted unless `--show-pii` is given. What is printed with it can be published with `produce`.
    Export(export::Export),
    /// Remove events from spill files without publishing them. Shows how many and asks.
    Drop(drop::Drop),
}

impl Spill {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        match &self.command {
            Command::List(list) => list.run(streams),
            Command::Publish(publish) => publish.run(streams, terminal),
            Command::Export(export) => export.run(streams, terminal.shows_progress()),
            Command::Drop(drop) => drop.run(streams, terminal),
        }
    }
}
