//! `group`: the consumer groups of a topic.

mod create;
mod delete;
pub(super) mod list;

use clap::{Args, Subcommand};

use crate::cli::Streams;
use crate::cli::outcome::Outcome;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(in crate::cli) struct Group {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the groups of a topic with their lag, pending entries, parked events and consumers.
    List(list::List),
    /// Create a group. An existing group keeps its position.
    Create(create::Create),
    /// Delete a group with its position, its pending entries and its parked events. Shows the group and asks.
    #[command(visible_alias = "forget")]
    Delete(delete::Delete),
}

impl Group {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        match &self.command {
            Command::List(list) => list.run(streams),
            Command::Create(create) => create.run(streams),
            Command::Delete(delete) => delete.run(streams, terminal),
        }
    }
}
