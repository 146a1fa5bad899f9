//! The lock file: what was agreed on.

mod read;
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::error::{EvolutionError, FORMAT};
use super::policy::Policy;
use super::version::Version;
use super::waiver::Waiver;
use crate::signal::registry::get_signal_by_type;

/// The schemas of a program's events as they were agreed on, what they were before, and what was allowed to break.
///
/// A text in JSON, sorted, one field of a schema a line, for version control. [`parse`](Self::parse) and
/// [`to_text`](Self::to_text) are each other's inverse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    pub(super) policy: Policy,
    pub(super) crates: Option<Vec<String>>,
    pub(super) events: BTreeMap<String, LockedEvent>,
    /// Sorted.
    pub(super) waivers: Vec<Waiver>,
}

/// An event in a [`Lock`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LockedEvent {
    /// The event type.
    pub event_type: String,
    /// What was agreed on last; `None` for an event that was removed.
    pub current: Option<Version>,
    /// What was before it, the earliest first.
    pub history: Vec<Version>,
}

impl Lock {
    /// A lock without events. It is for the events that these crates declare, or for all.
    pub fn new(policy: Policy, crates: Option<Vec<String>>) -> Self {
        Self { policy, crates, ..Self::default() }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    ///
    /// There is none, it is damaged or of a later format, or a fingerprint in it is not that of its schema.
    pub fn read(path: &Path) -> Result<Self, EvolutionError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(EvolutionError::Missing { path: path.to_owned() })
            }
            Err(error) => Err(EvolutionError::Unreadable { path: path.to_owned(), error }),
        }
    }

    /// Writes a lock file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), EvolutionError> {
        fs::write(path, self.to_text())
            .map_err(|error| EvolutionError::Unreadable { path: path.to_owned(), error })
    }

    /// Which breaks count for whoever says nothing else.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// [`policy`](Self::policy), from now on.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// The crates whose events are meant; `None` for those of the whole program.
    pub fn crates(&self) -> Option<&[String]> {
        self.crates.as_deref()
    }

    /// [`crates`](Self::crates), from now on. Forgets the events that other crates of the program declare, and what was
    /// allowed for them.
    pub fn set_crates(&mut self, crates: Option<Vec<String>>) {
        if let Some(crates) = &crates {
            let is_others = |event_type: &str| {
                get_signal_by_type(event_type)
                    .is_ok_and(|signal| !crates.iter().any(|name| name == signal.info().crate_name()))
            };
            self.events.retain(|event_type, _| !is_others(event_type));
            self.waivers.retain(|waiver| !is_others(&waiver.event_type));
        }
        self.crates = crates;
    }

    /// The events, by type.
    pub fn events(&self) -> impl Iterator<Item = &LockedEvent> {
        self.events.values()
    }

    /// What was allowed to break.
    pub fn waivers(&self) -> &[Waiver] {
        &self.waivers
    }

    /// Takes in a version from before the present one of an event: upstream's earlier releases, say. It becomes the
    /// latest of the history.
    pub fn add_history(&mut self, event_type: &str, version: Version) {
        self.entry(event_type).history.push(version);
    }

    /// Allows something to break.
    pub fn add_waiver(&mut self, waiver: Waiver) {
        self.waivers.push(waiver);
        self.waivers.sort();
        self.waivers.dedup();
    }

    pub(super) fn entry(&mut self, event_type: &str) -> &mut LockedEvent {
        self.events.entry(event_type.to_owned()).or_insert_with(|| LockedEvent {
            event_type: event_type.to_owned(),
            current: None,
            history: Vec::new(),
        })
    }
}
