//! The report of a check.

mod github;
mod json;
mod text;

use super::change::Change;
use super::policy::Policy;
use super::readers::Breaks;
use super::version::Version;
use super::waiver::{Unused, Waiver};
use crate::avro::Fingerprint;

/// The result of a check. `Display` formats it for people, [`to_json`](Self::to_json) and
/// [`to_github`](Self::to_github) for programs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The policy of the check.
    pub policy: Policy,
    /// The number of events that were checked.
    pub events: usize,
    /// The changes, sorted by event type.
    pub findings: Vec<Finding>,
    /// The unused waivers.
    pub unused: Vec<Unused>,
}

/// A change of an event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The event type.
    pub event_type: String,
    /// The change.
    pub change: Change,
    /// Whether the change breaks something that counts.
    pub outcome: Outcome,
    /// The new schema, or the last one if the event was removed.
    pub fingerprint: Fingerprint,
    /// The versions that differ from the new one by this change.
    pub against: Vec<Former>,
    /// Whether the lock does not contain the change yet.
    pub is_pending: bool,
}

/// The outcome of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Breaks nothing that counts.
    Harmless,
    /// Breaks something that counts.
    Breaking,
    /// Breaks something that counts, but is allowed for this reason.
    Waived(String),
}

impl From<&Waiver> for Outcome {
    fn from(waiver: &Waiver) -> Self {
        Self::Waived(waiver.reason.clone())
    }
}

/// A former version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Former {
    /// Its schema.
    pub fingerprint: Fingerprint,
    /// Its minor version.
    pub minor_version: Option<u32>,
    /// Its note.
    pub note: Option<String>,
}

impl From<&Version> for Former {
    fn from(version: &Version) -> Self {
        Self {
            fingerprint: version.fingerprint,
            minor_version: version.minor_version,
            note: version.note.clone(),
        }
    }
}

impl Finding {
    /// Returns those of its breaks that count.
    pub fn counted(&self, policy: Policy) -> Breaks {
        policy.counted(self.change.breaks)
    }

    /// Adds it to the findings of the event, merging it with an equal one for a later version.
    pub(super) fn add_to(self, findings: &mut Vec<Self>) {
        let is_same = |other: &&mut Self| {
            (other.change.rule, &other.change.path, &other.outcome)
                == (self.change.rule, &self.change.path, &self.outcome)
        };
        match findings.iter_mut().find(is_same) {
            Some(other) => {
                other.change.breaks = other.change.breaks.or(self.change.breaks);
                other.against.extend(self.against);
            }
            None => findings.push(self),
        }
    }
}

impl Report {
    pub(super) fn new(policy: Policy, events: usize) -> Self {
        Self { policy, events, findings: Vec::new(), unused: Vec::new() }
    }

    /// Whether all breaking changes are allowed by waivers.
    pub fn is_ok(&self) -> bool {
        self.breaking().next().is_none()
    }

    /// Whether the lock is up to date: nothing has changed since it was written, and all waivers are used.
    pub fn is_current(&self) -> bool {
        self.unused.is_empty() && self.is_ok() && !self.findings.iter().any(|finding| finding.is_pending)
    }

    /// Returns the changes that break something and are not allowed.
    pub fn breaking(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.outcome == Outcome::Breaking)
    }
}
