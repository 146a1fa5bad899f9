//! `schema lock`: agreeing on the events as they are.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::LOCK;
use super::options::PolicyOptions;
use crate::cli::{Failure, Outcome, Success};
use crate::evolution::{self, EvolutionError, Policy, Snapshot};

#[derive(Args)]
pub(super) struct Lock {
    /// The lock file.
    #[arg(long = "lock", value_name = "FILE", default_value = LOCK)]
    file: PathBuf,
    /// What must stay readable, from now on.
    #[command(flatten)]
    policy: PolicyOptions,
    /// From now on, look only at the events that this crate declares; may be given several times.
    #[arg(long = "crate", value_name = "NAME")]
    crates: Vec<String>,
    /// Allow what breaks, for this reason.
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,
}

impl Lock {
    pub(super) fn run(&self, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Outcome {
        let mut lock = match evolution::Lock::read(&self.file) {
            Err(EvolutionError::Missing { .. }) => evolution::Lock::new(Policy::default(), None),
            lock => lock?,
        };
        lock.set_policy(self.policy.over(lock.policy()));
        if !self.crates.is_empty() {
            let mut crates = self.crates.clone();
            crates.sort();
            crates.dedup();
            lock.set_crates(Some(crates));
        }
        let now = Snapshot::of_program(lock.crates())?;
        if now.is_empty() {
            return Err(Failure::Refused(
                "there are no events that can go on the event bus: enable a subdomain's feature, or name the crates of \
                 yours with `openedx_events::link!`"
                    .to_owned(),
            ));
        }
        match evolution::accept(&lock, &now, lock.policy(), self.reason.as_deref()) {
            Ok(accepted) => self.write(&accepted, stdout),
            Err(report) => {
                writeln!(stdout, "{report}")?;
                let _ = writeln!(
                    stderr,
                    "{} was left as it is: take back what breaks, or declare a new event type (`….v2`) beside the old \
                     one; or say with `--reason` why it may break",
                    self.file.display()
                );
                Ok(Success::Incomplete)
            }
        }
    }

    fn write(&self, accepted: &evolution::Accepted, stdout: &mut dyn Write) -> Outcome {
        let path = self.file.display();
        let former = fs::read_to_string(&self.file).ok();
        if former.as_ref() == Some(&accepted.lock.to_text()) {
            writeln!(stdout, "{path} is up to date: {}", accepted.report.summary())?;
            return Ok(Success::Complete);
        }
        accepted.lock.write(&self.file)?;
        match former {
            // The changes are the events themselves.
            None => writeln!(stdout, "{} events", accepted.report.events)?,
            Some(_) => writeln!(stdout, "{}", accepted.report)?,
        }
        for dropped in &accepted.dropped {
            let waiver = &dropped.waiver;
            writeln!(stdout, "dropped the waiver of {} {}: {}", waiver.rule, waiver.event_type, dropped.why)?;
        }
        writeln!(stdout, "wrote {path}")?;
        Ok(Success::Complete)
    }
}
