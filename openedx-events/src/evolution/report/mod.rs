//! What a check found.

mod github;
mod json;
mod text;

use super::change::Change;
use super::policy::Policy;
use super::readers::Breaks;
use super::version::Version;
use super::waiver::{Unused, Waiver};
use crate::avro::Fingerprint;

/// What a check found. Its text is for people; [`to_json`](Self::to_json) and [`to_github`](Self::to_github) are for
/// programs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Which breaks count.
    pub policy: Policy,
    /// How many events were looked at.
    pub events: usize,
    /// The changes, by event type.
    pub findings: Vec<Finding>,
    /// The waivers that allow nothing.
    pub unused: Vec<Unused>,
}

/// A change of an event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The event.
    pub event_type: String,
    /// What changed.
    pub change: Change,
    /// What it comes to.
    pub outcome: Outcome,
    /// The new schema; the last one if the event was removed.
    pub fingerprint: Fingerprint,
    /// What it is a change from.
    pub against: Vec<Former>,
    /// The lock does not have the change yet.
    pub is_pending: bool,
}

/// What a change comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It breaks nothing that counts.
    Harmless,
    /// It breaks something that counts.
    Breaking,
    /// It may break, for this reason.
    Waived(String),
}

impl From<&Waiver> for Outcome {
    fn from(waiver: &Waiver) -> Self {
        Self::Waived(waiver.reason.clone())
    }
}

/// A version that a change is a change from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Former {
    /// Its schema.
    pub fingerprint: Fingerprint,
    /// Its minor version.
    pub minor_version: Option<u32>,
    /// What was noted of it.
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
    /// What it breaks of what counts.
    pub fn counted(&self, policy: Policy) -> Breaks {
        policy.counted(self.change.breaks)
    }

    /// Puts it with the others of the event, into the one that tells the same of a later version, if there is one.
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

    /// Whether nothing breaks but what waivers allow.
    pub fn is_ok(&self) -> bool {
        self.breaking().next().is_none()
    }

    /// Whether the lock is as it would be written now: nothing has changed since, and each waiver allows something.
    pub fn is_current(&self) -> bool {
        self.unused.is_empty() && self.is_ok() && !self.findings.iter().any(|finding| finding.is_pending)
    }

    /// The changes that break something.
    pub fn breaking(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.outcome == Outcome::Breaking)
    }
}
