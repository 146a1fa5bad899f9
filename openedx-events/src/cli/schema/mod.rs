//! `schema`: the Avro schemas of events, and their evolution.

mod check;
mod diff;
mod lock;
mod options;
mod print;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Streams;
use super::outcome::{Failure, Outcome};
use crate::evolution::EvolutionError;

/// The default path of the lock file.
const LOCK: &str = "events.lock.json";

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Schema {
    #[command(subcommand)]
    command: Option<Command>,
    /// Event types whose schemas to print.
    #[arg(value_name = "TYPE", required_unless_present = "all")]
    types: Vec<String>,
    /// Print the schemas of all events that can go on the event bus.
    #[arg(long, conflicts_with = "types")]
    all: bool,
    /// Directory to write one file per event to, with upstream's file names, instead of standard output.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Record the current schemas in the lock file, which belongs in version control.
    ///
    /// The lock file keeps the history of each schema. Breaking changes are refused unless a reason is given.
    Lock(lock::Lock),
    /// Compare the events with the lock file, and report what breaks.
    Check(check::Check),
    /// Compare two states of the schemas.
    Diff(diff::Diff),
}

impl Schema {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        match &self.command {
            Some(Command::Lock(lock)) => lock.run(stdout, stderr),
            Some(Command::Check(check)) => check.run(stdout, stderr),
            Some(Command::Diff(diff)) => diff.run(stdout),
            None => print::print(&self.types, self.out.as_deref(), stdout, stderr),
        }
    }
}

impl From<EvolutionError> for Failure {
    fn from(error: EvolutionError) -> Self {
        Self::Refused(error.to_string())
    }
}
