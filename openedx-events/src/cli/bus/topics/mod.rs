//! `topic`: the topics of the bus.

mod list;

use clap::{Args, Subcommand};

use crate::cli::Streams;
use crate::cli::outcome::Outcome;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(in crate::cli) struct Topics {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the topics with their length, the age of their first and last entry, and their dead letters. Changes
    /// nothing.
    ///
    /// With a topic prefix in the settings, only the topics that begin with it.
    List(list::List),
}

impl Topics {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        match &self.command {
            Command::List(list) => list.run(streams, terminal),
        }
    }
}
