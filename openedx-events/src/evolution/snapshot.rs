//! Snapshots of events: of a program, a lock file or a folder of schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::definition::Definition;
use super::error::EvolutionError;
use super::lock::Lock;
use super::version::Version;
use crate::signal::registry;
use crate::text_file;

/// The events of a program, a lock file or a folder at one time.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// By event type.
    pub(super) events: BTreeMap<String, Version>,
    /// The events that have no Avro form, with the reason.
    pub(super) without: BTreeMap<String, String>,
    /// The events whose minor version is decided by upstream: those of the shipped catalog.
    pub(super) upstreams: BTreeSet<String>,
    /// Whether it comes from upstream's files, which contain no default but null.
    pub(super) is_without_defaults: bool,
}

impl Snapshot {
    /// Returns the events of this program, or only those that these crates declare.
    ///
    /// # Errors
    ///
    /// Returns an error if several signals have the same event type.
    pub fn of_program(crates: Option<&[String]>) -> Result<Self, EvolutionError> {
        let mut snapshot = Self::default();
        let is_wanted = |name: &str| crates.is_none_or(|crates| crates.iter().any(|wanted| wanted == name));
        for signal in registry::all_events().iter().filter(|signal| is_wanted(signal.info().crate_name())) {
            let info = signal.info();
            let event_type = info.event_type.to_owned();
            if snapshot.events.contains_key(&event_type) || snapshot.without.contains_key(&event_type) {
                let places = registry::get().places_of_duplicate(&event_type).unwrap_or_default().to_owned();
                return Err(EvolutionError::SameType { event_type, places });
            }
            match signal.schema() {
                Err(reason) => {
                    snapshot.without.insert(event_type, reason.to_string());
                }
                Ok(schema) => {
                    if info.crate_name() == env!("CARGO_CRATE_NAME") {
                        snapshot.upstreams.insert(event_type.clone());
                    }
                    let version = Version::new(Some(info.minor_version), Definition::from(schema));
                    snapshot.events.insert(event_type, version);
                }
            }
        }
        Ok(snapshot)
    }

    /// Returns the events in a lock file.
    pub fn of_lock(lock: &Lock) -> Self {
        let events = lock
            .events()
            .filter_map(|event| Some((event.event_type.clone(), event.current.clone()?)))
            .collect();
        Self { events, ..Self::default() }
    }

    /// Reads the event of a schema file, or those of all `.avsc` files in a folder, as in upstream's repository.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be read or is not the schema of an event, if two files contain the same event,
    /// or if the folder contains no schemas.
    pub fn of_files(path: &Path) -> Result<Self, EvolutionError> {
        let mut snapshot = Self { is_without_defaults: true, ..Self::default() };
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |error| EvolutionError::Unreadable { path, error }
        };
        if !path.is_dir() {
            snapshot.add_file(path)?;
            return Ok(snapshot);
        }
        for file in fs::read_dir(path).map_err(unreadable(path))? {
            let file = file.map_err(unreadable(path))?.path();
            if file.extension().is_some_and(|extension| extension == "avsc") {
                snapshot.add_file(&file)?;
            }
        }
        if snapshot.events.is_empty() {
            return Err(EvolutionError::NoSchemas { path: path.to_owned() });
        }
        Ok(snapshot)
    }

    fn add_file(&mut self, path: &Path) -> Result<(), EvolutionError> {
        let text = text_file::read(path)
            .map_err(|error| EvolutionError::Unreadable { path: path.to_owned(), error })?;
        let place = || path.display().to_string();
        let definition: Definition =
            text.parse().map_err(|error| EvolutionError::Schema { place: place(), error })?;
        let Some(event_type) = definition.event_type().map(str::to_owned) else {
            return Err(EvolutionError::NoEvent { path: path.to_owned() });
        };
        let version = Version::new(None, definition);
        match self.events.insert(event_type.clone(), version) {
            None => Ok(()),
            Some(_) => Err(EvolutionError::SameType { event_type, places: place() }),
        }
    }

    /// Removes the events that another snapshot does not contain.
    #[cfg(feature = "cli")]
    pub(crate) fn keep_types_of(&mut self, other: &Self) {
        self.events.retain(|event_type, _| other.events.contains_key(event_type));
    }

    /// Returns the types of the events that can be sent over the event bus, sorted.
    #[cfg(feature = "cli")]
    pub(crate) fn event_types(&self) -> impl Iterator<Item = &str> {
        self.events.keys().map(String::as_str)
    }

    /// Returns the number of events that can be sent over the event bus.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}
