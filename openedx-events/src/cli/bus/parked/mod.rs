//! `parked`: the events that wait for receivers which do not work, and have left their topic.

mod args;
mod change;
mod dead_letter;
mod drain;
mod drop;
mod list;
mod r#move;
pub(in crate::cli::bus) mod pages;
mod show;
mod tally;

use clap::{Args, Subcommand};

use crate::cli::Streams;
use crate::cli::outcome::Outcome;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(in crate::cli) struct Parked {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List what is parked by receiver: how many events, how old, how often it ran for them. Changes nothing.
    List(list::List),
    /// Print parked events with the receivers that they wait for. Changes nothing.
    ///
    /// Personal data and keys are redacted unless `--show-pii` is given.
    Show(show::Show),
    /// Run the receivers of this program for what is parked, and read nothing new. Ends when nothing is parked any more.
    ///
    /// For the time before a downgrade to a release that does not park: stop the consumers first. What living consumers have
    /// parked is run by them.
    Drain(drain::Drain),
    /// Give up a receiver for what waits for it, and store dead letters. Shows how many and asks.
    ///
    /// Events that wait for other receivers, too, stay parked for those.
    #[command(name = "dead-letter")]
    DeadLetter(dead_letter::DeadLetterEvents),
    /// Let what waits for a receiver wait for another one, such as a receiver that was renamed. Shows how many and asks.
    Move(r#move::Move),
    /// Remove what waits for a receiver, which then never runs for it. Shows how many and asks.
    ///
    /// Events that wait for other receivers, too, stay parked for those.
    Drop(drop::Drop),
}

impl Parked {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        match &self.command {
            Command::List(list) => list.run(streams, terminal),
            Command::Show(show) => show.run(streams),
            Command::Drain(drain) => drain.run(streams, terminal),
            Command::DeadLetter(dead_letter) => dead_letter.run(streams, terminal),
            Command::Move(r#move) => r#move.run(streams, terminal),
            Command::Drop(drop) => drop.run(streams, terminal),
        }
    }
}
