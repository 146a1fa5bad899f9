//! The program: its events, its receivers, and their schemas.

use std::path::Path;

use crate::bus::Finding;
use crate::evolution::{self, Lock, Snapshot};
use crate::{check, registry_summary};

pub(super) fn findings() -> Vec<Finding> {
    let summary = registry_summary();
    let mut findings = vec![Finding::ok("program", summary.to_string())];
    if summary.receivers == 0 {
        let detail = "this program has no receivers: it cannot consume for a group, nor drain or replay";
        findings.push(Finding::ok("receivers", detail));
    }
    if let Err(error) = check() {
        let bad = |problem: &crate::CheckProblem| {
            Finding::bad(
                "program",
                problem.to_string(),
                "change the program; `check()` finds this at its start",
            )
        };
        findings.extend(error.problems().iter().map(bad));
    }
    findings
}

/// Compares the schemas of the program with a lock file.
pub(super) fn schemas(path: &Path) -> Finding {
    const SUBJECT: &str = "schemas";

    let lock = path.display();
    let compared = Lock::read(path).and_then(|lock| {
        let now = Snapshot::of_program(lock.crates())?;
        let policy = lock.policy();
        Ok(evolution::check(&lock, &now, policy))
    });
    match compared {
        Err(error) => Finding::bad(SUBJECT, error.to_string(), format!("schema lock --lock {lock}")),
        Ok(report) if !report.is_ok() => {
            Finding::bad(SUBJECT, report.summary(), format!("schema check --lock {lock}"))
        }
        Ok(report) if !report.is_current() => Finding::warn(
            SUBJECT,
            format!("{lock} is out of date"),
            format!("schema lock --lock {lock}, and commit the file"),
        ),
        Ok(report) => Finding::ok(SUBJECT, report.summary()),
    }
}
