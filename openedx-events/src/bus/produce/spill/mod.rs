//! Events that do not fit in a queue, on the disk: [`Spill`].
//!
//! `files` finds the files and owns them, `file` is one of them, and `store` opens it.

mod file;
mod files;
mod store;

use std::sync::Arc;

use file::SpillFile;
pub(crate) use file::Spilled;
pub(crate) use files::SpillFiles;
#[cfg(feature = "cli")]
pub(crate) use files::{existing, in_file};

use file::Counts;

use crate::avro::Fingerprint;
use crate::bus::contract::{BusError, ErrorKind};
use crate::bus::message::Message;
use crate::bus::message::dead_letter::DeadLetter;
use crate::bus::message::topic::Topic;

/// The events of one topic that did not fit in its queue, on the disk, in their order.
pub(crate) struct Spill {
    topic: Topic,
    /// The oldest first.
    files: Vec<(Arc<SpillFile>, Counts)>,
    /// The file for new events, one of `files`; `None` if there is no spilling, and what is in the files is published.
    own: Option<Arc<SpillFile>>,
}

impl Spill {
    /// The number of events on the disk.
    pub(crate) fn len(&self) -> usize {
        self.files.iter().map(|(_, counts)| counts.left()).sum()
    }

    /// Whether new events may be put here.
    pub(crate) fn takes_events(&self) -> bool {
        self.own.is_some()
    }

    /// Appends an event. It is on the disk when this returns.
    pub(crate) fn put(&self, message: &Message) -> Result<(), BusError> {
        self.own()?.put(&self.topic, message)
    }

    /// Keeps an event that the bus does not take. It is not published from here.
    pub(crate) fn put_aside(&self, message: &Message, dead_letter: &DeadLetter) -> Result<(), BusError> {
        self.own()?.put_aside(&self.topic, &dead_letter.message(message, file::GROUP, ""))
    }

    /// Like [`put_aside`](Self::put_aside), for an event that is here.
    pub(crate) fn move_aside(
        &self,
        spilled: &Spilled,
        index: usize,
        dead_letter: &DeadLetter,
    ) -> Result<(), BusError> {
        spilled.file.move_aside(&self.topic, spilled, index, dead_letter)
    }

    fn own(&self) -> Result<&SpillFile, BusError> {
        let missing = || BusError::new(ErrorKind::Configuration, "there is no spill file");
        self.own.as_deref().ok_or_else(missing)
    }

    /// The next events, at most `max`; none if all files are empty.
    pub(crate) fn next(&self, max: usize) -> Result<Option<Spilled>, BusError> {
        for (file, _) in self.files.iter().filter(|(_, counts)| counts.left() > 0) {
            let spilled = file.next(&self.topic, max)?;
            if !spilled.deliveries.is_empty() {
                return Ok(Some(spilled));
            }
        }
        Ok(None)
    }

    /// Removes the events that `is_done`; the others come again. Returns the others if their file was lost in the meantime.
    pub(crate) fn done(
        &self,
        spilled: &Spilled,
        is_done: impl Fn(usize) -> bool,
    ) -> Result<Vec<Message>, BusError> {
        spilled.file.done(&self.topic, spilled, is_done)
    }

    /// A schema that events were written with.
    pub(crate) fn schema(&self, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        for (file, _) in &self.files {
            if let Some(schema) = file.schema(&self.topic, fingerprint)? {
                return Ok(Some(schema));
            }
        }
        Ok(None)
    }

    /// The number of events that were lost with a file.
    pub(crate) fn lost(&self) -> usize {
        self.files.iter().map(|(_, counts)| counts.lost()).sum()
    }
}

impl std::fmt::Debug for Spill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spill").field("topic", &self.topic).finish_non_exhaustive()
    }
}
