//! `schema diff`: what changed from one state to another.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::LOCK;
use super::options::{Format, PolicyOptions, print};
use crate::cli::{Outcome, Success};
use crate::evolution::{self, EvolutionError, Lock, Policy, Snapshot};

#[derive(Args)]
pub(super) struct Diff {
    /// The former state: a lock file, an `.avsc` file, or a folder of `.avsc` files.
    #[arg(default_value = LOCK)]
    old: PathBuf,
    /// The later state, likewise; without it, the events of this program.
    new: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyOptions,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Diff {
    pub(super) fn run(&self, stdout: &mut dyn Write) -> Outcome {
        let old = State::read(&self.old)?;
        let new = match &self.new {
            Some(path) => State::read(path)?.snapshot,
            None => Snapshot::of_program(old.crates.as_deref())?,
        };
        let report = evolution::diff(&old.snapshot, &new, self.policy.over(old.policy));
        print(stdout, &report, self.format, self.new.as_deref().unwrap_or(&self.old))?;
        Ok(if report.is_ok() { Success::Complete } else { Success::Incomplete })
    }
}

struct State {
    snapshot: Snapshot,
    policy: Policy,
    crates: Option<Vec<String>>,
}

impl State {
    fn read(path: &Path) -> Result<Self, EvolutionError> {
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "avsc") {
            let snapshot = Snapshot::of_files(path)?;
            return Ok(Self { snapshot, policy: Policy::default(), crates: None });
        }
        let lock = Lock::read(path)?;
        Ok(Self {
            snapshot: Snapshot::of_lock(&lock),
            policy: lock.policy(),
            crates: lock.crates().map(<[String]>::to_vec),
        })
    }
}
