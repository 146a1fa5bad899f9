//! `schema`: the Avro schemas of events, and how they evolve.

mod check;
mod diff;
mod lock;
mod options;
mod print;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, Outcome};
use crate::evolution::EvolutionError;

/// Where the lock file is if nobody says otherwise.
const LOCK: &str = "events.lock.json";

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Schema {
    #[command(subcommand)]
    command: Option<Command>,
    /// The event types whose schemas are shown, one after the other.
    #[arg(value_name = "TYPE", required_unless_present = "all")]
    types: Vec<String>,
    /// Show the schemas of all events that can go on the event bus.
    #[arg(long, conflicts_with = "types")]
    all: bool,
    /// Write a file for each event into this folder, under upstream's names.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Agree on the events as they are: write them into the lock file, which belongs into version control.
    ///
    /// What they were before goes into their history. Changes that break something are refused without a reason.
    Lock(lock::Lock),
    /// Compare the events with the lock file, and tell what breaks.
    Check(check::Check),
    /// Tell what changed from one state to another.
    Diff(diff::Diff),
}

impl Schema {
    pub(super) fn run(&self, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Outcome {
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
