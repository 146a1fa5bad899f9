//! `schema lock`: records the current schemas.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::LOCK;
use super::options::PolicyOptions;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::report;
use crate::evolution::{self, EvolutionError, Policy, Snapshot};
use crate::text_file;

#[derive(Args)]
pub(super) struct Lock {
    /// Lock file.
    #[arg(long = "lock", value_name = "FILE", default_value = LOCK)]
    file: PathBuf,
    #[command(flatten)]
    policy: PolicyOptions,
    /// Lock only the events of this crate from now on; may be given several times.
    #[arg(long = "crate", value_name = "NAME")]
    crates: Vec<String>,
    /// Accept breaking changes, for this reason.
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
                "there are no events that can go on the event bus: enable the feature of a subdomain, or link your crates \
                 with `openedx_events::link!`"
                    .to_owned(),
            ));
        }
        match evolution::accept(&lock, &now, lock.policy(), self.reason.as_deref()) {
            Ok(accepted) => self.write(&accepted, stdout, stderr),
            Err(report) => {
                writeln!(stdout, "{report}")?;
                let _ = writeln!(
                    stderr,
                    "{} was not changed: revert the breaking changes, declare a new event type (`….v2`) beside the old \
                     one, or accept the changes with `--reason`",
                    self.file.display()
                );
                Ok(Success::Incomplete)
            }
        }
    }

    fn write(
        &self,
        accepted: &evolution::Accepted,
        stdout: &mut dyn Write,
        stderr: &mut dyn Write,
    ) -> Outcome {
        let path = self.file.display();
        let former = text_file::read(&self.file).ok();
        if former.as_ref() == Some(&accepted.lock.to_text()) {
            writeln!(stdout, "{path} is up to date: {}", accepted.report.summary())?;
            return Ok(Success::Complete);
        }
        accepted.lock.write(&self.file)?;
        let mut lines = match former {
            // In a new file every event is a change.
            None => format!("{} events\n", accepted.report.events),
            Some(_) => format!("{}\n", accepted.report),
        };
        for dropped in &accepted.dropped {
            let waiver = &dropped.waiver;
            lines.extend([format!(
                "dropped the waiver of {} {}: {}\n",
                waiver.rule, waiver.event_type, dropped.why
            )]);
        }
        report(stdout, stderr, &format!("{lines}wrote {path}"))?;
        Ok(Success::Complete)
    }
}
