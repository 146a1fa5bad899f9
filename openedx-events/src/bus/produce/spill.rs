//! Events that do not fit in a queue, on the disk: [`Spill`].

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::bus::contract::{
    Backend, BusError, Consumer, Delivery, EntryId, ErrorKind, Producer, PublishError, Subscription,
};
use crate::bus::message::Message;
use crate::bus::message::topic::Topic;
use crate::sync;

/// The spill files of this process: its own, and those that dead processes left behind.
pub(super) struct SpillFiles {
    files: Vec<SpillFile>,
}

struct SpillFile {
    backend: Arc<dyn Backend>,
    /// Locked as long as this process uses the file.
    owned: Arc<File>,
}

/// The maximum number of processes that spill at one path.
const MAX_FILES: u32 = 1000;

impl SpillFiles {
    /// Opens the files `PATH.0`, `PATH.1` and so on that exist and that no live process uses, or creates one.
    pub(super) fn open(path: &Path) -> Result<Self, BusError> {
        let mut files = Vec::new();
        for number in 0..MAX_FILES {
            let file = numbered(path, number, "");
            let exists = file.exists();
            if !exists && !files.is_empty() {
                break;
            }
            if let Some(owned) = own(&numbered(path, number, ".owner"))? {
                let Some(address) = file.to_str().map(|file| format!("sqlite:{file}")) else {
                    return Err(BusError::new(ErrorKind::Configuration, "EVENT_BUS_SPILL_PATH is not UTF-8"));
                };
                files.push(SpillFile { backend: crate::bus::open(&address)?, owned: Arc::new(owned) });
            }
        }
        if files.is_empty() {
            let what =
                format!("{MAX_FILES} processes spill to `{}` already; use another path", path.display());
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        Ok(Self { files })
    }

    /// The spill of a topic.
    pub(super) fn topic(&self, topic: &Topic) -> Result<Spill, BusError> {
        let mut sources = Vec::new();
        let mut count = 0;
        for file in &self.files {
            let subscription = Subscription::new(topic.clone(), GROUP, GROUP);
            let consumer = file.backend.consumer(&subscription)?;
            let groups = file.backend.groups(topic)?;
            let left = groups.iter().find(|group| group.name == GROUP);
            let left = left.map_or(0, |group| group.lag.unwrap_or_default() + group.pending);
            count += usize::try_from(left).unwrap_or(usize::MAX);
            sources.push(consumer);
        }
        let Some(own) = self.files.last() else {
            return Err(BusError::new(ErrorKind::Configuration, "there is no spill file"));
        };
        Ok(Spill {
            topic: topic.clone(),
            producer: Mutex::new(own.backend.producer()?),
            sources,
            left: count,
            _owned: self.files.iter().map(|file| Arc::clone(&file.owned)).collect(),
        })
    }
}

const GROUP: &str = "spill";

fn numbered(path: &Path, number: u32, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}{suffix}"));
    name.into()
}

/// The file, locked; `None` if another process uses it.
fn own(path: &Path) -> Result<Option<File>, BusError> {
    let failed = |error: std::io::Error| {
        let what = format!("cannot spill to `{}`", path.display());
        BusError::new(ErrorKind::Configuration, what).caused_by(error)
    };
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The events of one topic that did not fit in its queue, on the disk, in their order.
pub(super) struct Spill {
    topic: Topic,
    producer: Mutex<Box<dyn Producer>>,
    /// The files, the oldest first; the last one is this process's own.
    sources: Vec<Box<dyn Consumer>>,
    /// The number of events at the start.
    left: usize,
    /// Kept locked. They are dropped after the consumers, so that whoever gets a file next finds their names free.
    _owned: Vec<Arc<File>>,
}

/// Events of a [`Spill`], and the file that they are in.
pub(super) struct Spilled {
    source: usize,
    pub(super) deliveries: Vec<Delivery>,
}

impl Spill {
    /// The number of events that dead processes left behind.
    pub(super) fn left_behind(&self) -> usize {
        self.left
    }

    /// Appends an event. It is on the disk when this returns.
    pub(super) fn put(&self, message: Message) -> Result<(), PublishError> {
        sync::lock(&self.producer).publish(&self.topic, &[message])
    }

    /// The next events.
    pub(super) fn next(&self, max: usize) -> Result<Spilled, BusError> {
        for (source, consumer) in self.sources.iter().enumerate() {
            let deliveries = consumer.read(max, Duration::ZERO, &[])?.deliveries;
            if !deliveries.is_empty() {
                return Ok(Spilled { source, deliveries });
            }
        }
        Ok(Spilled { source: 0, deliveries: Vec::new() })
    }

    /// Removes the first `count` events, which are published; the others come again.
    pub(super) fn published(&self, spilled: &Spilled, count: usize) -> Result<(), BusError> {
        let entries: Vec<EntryId> =
            spilled.deliveries.iter().map(|delivery| delivery.entry.clone()).collect();
        let (done, left) = entries.split_at(count.min(entries.len()));
        let Some(consumer) = self.sources.get(spilled.source) else { return Ok(()) };
        consumer.acknowledge(done)?;
        consumer.release(left)
    }
}

impl std::fmt::Debug for Spill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spill").field("topic", &self.topic).finish_non_exhaustive()
    }
}
