//! Where events go that the queue has no room for: [`Spill`].

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Backend, Consumer, Delivery, EntryId, Producer, PublishError, Subscription};
use crate::bus::message::Message;
use crate::bus::message::topic::Topic;
use crate::sync;

/// The files of this process for events that its queues have no room for: one of its own, and those that processes which
/// have died left behind.
pub(super) struct SpillFiles {
    files: Vec<SpillFile>,
}

struct SpillFile {
    backend: Arc<dyn Backend>,
    /// Locked for as long as this process has the file.
    _owned: File,
}

/// So many processes may spill at one path.
const MOST: u32 = 1000;

impl SpillFiles {
    /// The files `PATH.0`, `PATH.1` and so on that are there and that no living process has; if there is none, a new one.
    pub(super) fn open(path: &Path) -> Result<Self, BusError> {
        let mut files = Vec::new();
        for number in 0..MOST {
            let file = numbered(path, number, "");
            let is_there = file.exists();
            if !is_there && !files.is_empty() {
                break;
            }
            if let Some(owned) = own(&numbered(path, number, ".owner"))? {
                let Some(address) = file.to_str().map(|file| format!("sqlite:{file}")) else {
                    return Err(BusError::new(ErrorKind::Configuration, "the path to spill to is not UTF-8"));
                };
                files.push(SpillFile { backend: crate::bus::open(&address)?, _owned: owned });
            }
        }
        if files.is_empty() {
            let what = format!("{MOST} processes spill to `{}` already: give another path", path.display());
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        Ok(Self { files })
    }

    /// That of a topic.
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
            return Err(BusError::new(ErrorKind::Configuration, "there is no file to spill to"));
        };
        Ok(Spill {
            topic: topic.clone(),
            producer: Mutex::new(own.backend.producer()?),
            sources,
            left: count,
        })
    }
}

const GROUP: &str = "spill";

fn numbered(path: &Path, number: u32, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}{suffix}"));
    name.into()
}

/// The file, locked; `None` if another process has it.
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

/// The events of one topic that its queue has had no room for, on the disk, in their order.
pub(super) struct Spill {
    topic: Topic,
    producer: Mutex<Box<dyn Producer>>,
    /// The files, the oldest first; the last one is this process's own.
    sources: Vec<Box<dyn Consumer>>,
    /// How many events were there at the start.
    left: usize,
}

/// Events of a [`Spill`], and which of its files they are in.
pub(super) struct Spilled {
    source: usize,
    pub(super) deliveries: Vec<Delivery>,
}

impl Spill {
    /// How many events a process that has died left behind.
    pub(super) fn left_behind(&self) -> usize {
        self.left
    }

    /// Puts an event at the end. It is on the disk when this returns.
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

    /// The first events are published; the others are for later.
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
