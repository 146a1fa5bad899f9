//! The spill files of this process: [`SpillFiles`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Spill;
use super::file::{SpillFile, beside};
use super::store;
use crate::avro::Fingerprint;
use crate::bus::contract::{BusError, ErrorKind};
use crate::bus::message::topic::Topic;

/// The spill files of this process: those that dead processes left behind, and its own, if it spills.
pub(crate) struct SpillFiles {
    /// The oldest first.
    files: Vec<Arc<SpillFile>>,
    /// Whether the last file takes new events.
    takes_events: bool,
}

/// The maximum number of processes that spill at one path.
const MAX_FILES: u32 = 1000;

impl SpillFiles {
    /// Opens the files `PATH.0`, `PATH.1` and so on that exist and that no live process uses, or creates one, for new events.
    pub(crate) fn open(path: &Path) -> Result<Self, BusError> {
        let mut files = Self::left_behind(path)?.files;
        for number in 0..MAX_FILES {
            if !files.is_empty() {
                return Ok(Self { files, takes_events: true });
            }
            files.extend(claim(&numbered(path, number))?);
        }
        let what = format!("{MAX_FILES} processes spill to `{}` already; use another path", path.display());
        Err(BusError::new(ErrorKind::Configuration, what))
    }

    /// Opens the files that exist and that no live process uses, to publish what is in them.
    pub(crate) fn left_behind(path: &Path) -> Result<Self, BusError> {
        let mut files = Vec::new();
        for file in existing(path)? {
            files.extend(claim(&file)?);
        }
        Ok(Self { files, takes_events: false })
    }

    /// The paths of the files.
    #[cfg(feature = "cli")]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path())
    }

    /// The topics of which there are events in the files.
    pub(crate) fn topics(&self) -> Result<BTreeMap<Topic, Found>, BusError> {
        let mut topics: BTreeMap<Topic, Found> = BTreeMap::new();
        for file in &self.files {
            for (topic, found) in in_file(file.path())? {
                let sum = topics.entry(topic).or_default();
                sum.events += found.events;
                sum.set_aside += found.set_aside;
            }
        }
        Ok(topics)
    }

    /// The spill of a topic, whose events are written with these schemas.
    pub(crate) fn topic(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<Spill, BusError> {
        let own = self.files.last().filter(|_| self.takes_events);
        if let Some(own) = own {
            own.store_schemas(topic, schemas)?;
        }
        let files = self.files.iter().map(|file| Ok((Arc::clone(file), file.watch(topic)?)));
        let files = files.collect::<Result<_, BusError>>()?;
        Ok(Spill { topic: topic.clone(), files, own: own.cloned() })
    }
}

/// The events of a topic in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Events that are to be published.
    pub(crate) events: usize,
    /// Events that the bus did not take, and that are not published.
    pub(crate) set_aside: usize,
}

/// What is in a file, which may be in use.
pub(crate) fn in_file(path: &Path) -> Result<BTreeMap<Topic, Found>, BusError> {
    let backend = store::open(path)?;
    let mut topics = BTreeMap::new();
    for topic in store::topics(path)? {
        let events = super::file::left(&*backend, &topic)?;
        let set_aside = super::file::left(&*backend, &topic.dead_letters())?;
        if events + set_aside > 0 {
            topics.insert(topic, Found { events, set_aside });
        }
    }
    Ok(topics)
}

/// The spill files of this path that exist, in the order of their numbers.
pub(crate) fn existing(path: &Path) -> Result<Vec<PathBuf>, BusError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Some(name), Ok(entries)) = (path.file_name().and_then(|name| name.to_str()), folder.read_dir())
    else {
        // Creating a file there says what is wrong.
        return Ok(Vec::new());
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| {
            let what = format!("cannot list the spill files `{}.*`", path.display());
            BusError::new(ErrorKind::Configuration, what).caused_by(error)
        })?;
        let entry = entry.file_name();
        let number = entry.to_str().and_then(|entry| entry.strip_prefix(name)?.strip_prefix('.'));
        // Only as it is written: `PATH.01` is not ours.
        numbers.extend(
            number.and_then(|text| text.parse::<u32>().ok().filter(|number| number.to_string() == text)),
        );
    }
    numbers.sort_unstable();
    Ok(numbers.into_iter().map(|number| numbered(path, number)).collect())
}

/// The file, if no other process uses it.
fn claim(path: &Path) -> Result<Option<Arc<SpillFile>>, BusError> {
    if path.to_str().is_none() {
        return Err(BusError::new(ErrorKind::Configuration, "EVENT_BUS_SPILL_PATH is not UTF-8"));
    }
    let Some(owner) = store::own(&beside(path, ".owner"))? else { return Ok(None) };
    Ok(Some(Arc::new(SpillFile::open(path.to_owned(), owner)?)))
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    beside(path, &format!(".{number}"))
}
