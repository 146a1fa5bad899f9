//! `schema check`: compares the events with the lock file.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::LOCK;
use super::options::{Format, PolicyOptions, print};
use crate::cli::outcome::{Outcome, Success};
use crate::evolution::{self, Snapshot};

#[derive(Args)]
pub(super) struct Check {
    /// Lock file.
    #[arg(long, value_name = "FILE", default_value = LOCK)]
    lock: PathBuf,
    #[command(flatten)]
    policy: PolicyOptions,
    /// Also fail if nothing breaks, but the lock file is out of date.
    #[arg(long)]
    locked: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Check {
    pub(super) fn run(&self, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Outcome {
        let lock = evolution::Lock::read(&self.lock)?;
        let now = Snapshot::of_program(lock.crates())?;
        let report = evolution::check(&lock, &now, self.policy.over(lock.policy()));
        print(stdout, &report, self.format, &self.lock)?;
        if report.is_ok() && !report.is_current() {
            let _ = writeln!(
                stderr,
                "{} is out of date: run `schema lock` and commit the file",
                self.lock.display()
            );
        }
        let is_fine = if self.locked { report.is_current() } else { report.is_ok() };
        Ok(Success::complete_if(is_fine))
    }
}
