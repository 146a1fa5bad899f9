//! Agreeing on what has changed.

use super::check::check;
use super::lock::Lock;
use super::policy::Policy;
use super::report::{Outcome, Report};
use super::snapshot::Snapshot;
use super::waiver::{Unused, Waiver};

/// What [`accept`] did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The new lock.
    pub lock: Lock,
    /// What has changed.
    pub report: Report,
    /// The waivers that were dropped, as they allow nothing.
    pub dropped: Vec<Unused>,
}

/// A lock with the events as they are now. What they were before goes into their history.
///
/// With a reason, what breaks is allowed for that reason: each such change gets a waiver.
///
/// # Errors
///
/// Something breaks that no waiver allows, and there is no reason.
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
