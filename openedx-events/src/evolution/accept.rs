//! Accepting changes into a lock.

use super::check::check;
use super::lock::Lock;
use super::policy::Policy;
use super::report::{Outcome, Report};
use super::snapshot::Snapshot;
use super::waiver::{Unused, Waiver};

/// The result of [`accept`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The new lock.
    pub lock: Lock,
    /// The changes.
    pub report: Report,
    /// The waivers that were dropped because they no longer apply.
    pub dropped: Vec<Unused>,
}

/// Returns a lock with the present events. Their former versions are added to the history.
///
/// If a reason is given, breaking changes are allowed: each of them gets a waiver with this reason.
///
/// # Errors
///
/// Returns an error if there is a breaking change without a waiver, and no reason is given.
pub fn accept(
    lock: &Lock,
    now: &Snapshot,
    policy: Policy,
    reason: Option<&str>,
) -> Result<Accepted, Box<Report>> {
    let report = check(lock, now, policy);
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let mut lock = lock.clone();
    for finding in report.findings.iter().filter(|finding| finding.outcome == Outcome::Breaking) {
        let Some(reason) = reason else {
            return Err(Box::new(report));
        };
        lock.add_waiver(Waiver {
            event_type: finding.event_type.clone(),
            fingerprint: finding.fingerprint,
            rule: finding.change.rule,
            path: finding.change.path.clone(),
            reason: reason.to_owned(),
        });
    }
    for (event_type, version) in &now.events {
        let event = lock.entry(event_type);
        match &mut event.current {
            Some(current) if current.definition == version.definition => {
                current.minor_version = version.minor_version;
            }
            current => event.history.extend(current.replace(version.clone())),
        }
    }
    for event in lock.events.values_mut().filter(|event| !now.events.contains_key(&event.event_type)) {
        event.history.extend(event.current.take());
    }
    let dropped = check(&lock, now, policy).unused;
    lock.waivers.retain(|waiver| !dropped.iter().any(|unused| unused.waiver == *waiver));
    Ok(Accepted { lock, report, dropped })
}
