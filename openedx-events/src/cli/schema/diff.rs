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
    /// The later state, likewise; without it, the events of this program, or the one event that OLD is a schema of.
    new: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyOptions,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Diff {
    pub(super) fn run(&self, stdout: &mut dyn Write) -> Outcome {
        let old = State::read(&self.old)?;
        let new = if let Some(path) = &self.new { State::read(path)?.snapshot } else { self.program(&old)? };
        let report = evolution::diff(&old.snapshot, &new, self.policy.over(old.policy));
        print(stdout, &report, self.format, self.new.as_deref().unwrap_or(&self.old))?;
        Ok(if report.is_ok() { Success::Complete } else { Success::Incomplete })
    }
}

impl Diff {
    /// The events of the program that the former state is about.
    fn program(&self, old: &State) -> Result<Snapshot, EvolutionError> {
        let mut program = Snapshot::of_program(old.crates.as_deref())?;
        // Who gives the schema of one event asks for no other.
        if self.old.is_file() && is_schema(&self.old) {
            program.keep_types_of(&old.snapshot);
        }
        Ok(program)
    }
}

fn is_schema(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "avsc")
}

struct State {
    snapshot: Snapshot,
    policy: Policy,
    crates: Option<Vec<String>>,
}

impl State {
    fn read(path: &Path) -> Result<Self, EvolutionError> {
        if path.is_dir() || is_schema(path) {
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
