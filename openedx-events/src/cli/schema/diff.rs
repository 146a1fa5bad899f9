//! `schema diff`: compares two states of the schemas.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::LOCK;
use super::options::{Format, PolicyOptions, print};
use crate::cli::outcome::{Outcome, Success};
use crate::evolution::{self, EvolutionError, Lock, Policy, Snapshot};

#[derive(Args)]
pub(super) struct Diff {
    /// Old state: a lock file, an `.avsc` file, or a directory of `.avsc` files.
    #[arg(default_value = LOCK)]
    old: PathBuf,
    /// New state, in the same forms; if omitted, the events of this program, or only the event of the schema OLD.
    new: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyOptions,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Diff {
    pub(super) fn run(&self, stdout: &mut dyn Write) -> Outcome {
        let old = State::read(&self.old)?;
        let new = if let Some(path) = &self.new { State::read(path)?.snapshot } else { self.program(&old)? };
        let report = evolution::diff(&old.snapshot, &new, self.policy.over(old.policy));
        print(stdout, &report, self.format, self.new.as_deref().unwrap_or(&self.old))?;
        Ok(Success::complete_if(report.is_ok()))
    }
}

impl Diff {
    /// The events of the program that the old state covers.
    fn program(&self, old: &State) -> Result<Snapshot, EvolutionError> {
        let mut program = Snapshot::of_program(old.crates.as_deref())?;
        // The schema of one event is compared with that event only.
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
