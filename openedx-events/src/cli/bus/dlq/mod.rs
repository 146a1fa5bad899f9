//! `dlq`: the dead letters of a topic.

mod args;
mod change;
mod drop;
mod letter;
mod letters;
mod list;
mod publish;
mod replay;
mod show;

use clap::{Args, Subcommand};

use crate::cli::Streams;
use crate::cli::outcome::Outcome;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(in crate::cli) struct Dlq {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List dead letters by group, reason, receiver and type: how many, how old, with the last error. Changes nothing.
    List(list::List),
    /// Print dead letters with their failures and events. Changes nothing.
    ///
    /// Personal data and keys are redacted unless `--show-pii` is given.
    Show(show::Show),
    /// Run the receivers that failed, if this program has them, and remove the dead letters whose receivers succeed. Shows how many
    /// and asks.
    ///
    /// Other receivers and other groups are not affected. A dead letter that names no receiver, as its event could not be decoded, is
    /// for all receivers of this program. What fails again stays.
    Replay(replay::Replay),
    /// Publish the events of dead letters to their topic again, for all its groups, and remove the dead letters. Shows how many and
    /// asks.
    Publish(publish::Publish),
    /// Remove dead letters. Shows how many and asks.
    Drop(drop::Drop),
}

impl Dlq {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        match &self.command {
            Command::List(list) => list.run(streams, terminal),
            Command::Show(show) => show.run(streams),
            Command::Replay(replay) => replay.run(streams, terminal),
            Command::Publish(publish) => publish.run(streams, terminal),
            Command::Drop(drop) => drop.run(streams, terminal),
        }
    }
}
