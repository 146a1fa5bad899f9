//! `schema check`: whether the events are as they were agreed on.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::LOCK;
use super::options::{Format, PolicyOptions, print};
use crate::cli::{Outcome, Success};
use crate::evolution::{self, Snapshot};

#[derive(Args)]
pub(super) struct Check {
    /// The lock file.
    #[arg(long, value_name = "FILE", default_value = LOCK)]
    lock: PathBuf,
    #[command(flatten)]
    policy: PolicyOptions,
    /// Fail as well if the lock file is not up to date, though nothing breaks.
    #[arg(long)]
    locked: bool,
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
            let _ =
                writeln!(stderr, "{} is out of date: run `schema lock`, and commit it", self.lock.display());
        }
        let is_fine = if self.locked { report.is_current() } else { report.is_ok() };
        Ok(if is_fine { Success::Complete } else { Success::Incomplete })
    }
}
