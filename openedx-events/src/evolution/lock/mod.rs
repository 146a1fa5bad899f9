//! The lock file: the accepted schemas.

mod read;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::error::{EvolutionError, FORMAT};
use super::policy::Policy;
use super::version::Version;
use super::waiver::Waiver;
use crate::replace_file::replace_file;
use crate::signal::registry::get_signal_by_type;
use crate::text_file;

/// The accepted schemas of a program's events, their history, and the waivers of breaking changes.
///
/// The file is JSON, sorted, with one field of a schema per line, for version control. [`parse`](Self::parse) and
/// [`to_text`](Self::to_text) are inverse to each other.
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
    /// The accepted version; `None` for an event that was removed.
    pub current: Option<Version>,
    /// The former versions, the earliest first.
    pub history: Vec<Version>,
}

impl Lock {
    /// Creates a lock without events, for the events that these crates declare, or for all events.
    pub fn new(policy: Policy, crates: Option<Vec<String>>) -> Self {
        Self { policy, crates, ..Self::default() }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file does not exist, is damaged or has a later format, or if a fingerprint does not
    /// match its schema.
    pub fn read(path: &Path) -> Result<Self, EvolutionError> {
        match text_file::read(path) {
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
    /// Returns an error if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), EvolutionError> {
        replace_file(path, self.to_text())
            .map_err(|error| EvolutionError::Unreadable { path: path.to_owned(), error })
    }

    /// Returns the default policy for checks against this lock.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Sets [`policy`](Self::policy).
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Returns the crates whose events are locked; `None` for those of the whole program.
    pub fn crates(&self) -> Option<&[String]> {
        self.crates.as_deref()
    }

    /// Sets [`crates`](Self::crates). Removes the events that other crates of the program declare, and their waivers.
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

    /// Returns the events, sorted by type.
    pub fn events(&self) -> impl Iterator<Item = &LockedEvent> {
        self.events.values()
    }

    /// Returns the waivers.
    pub fn waivers(&self) -> &[Waiver] {
        &self.waivers
    }

    /// Adds a former version of an event, such as that of an earlier release of upstream. It becomes the latest version
    /// in the history.
    pub fn add_history(&mut self, event_type: &str, version: Version) {
        self.entry(event_type).history.push(version);
    }

    /// Adds a waiver.
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
