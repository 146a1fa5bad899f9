//! The lock for writing: [`WriteLock`].

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use crate::sync;

/// One writer at a time, among all threads and processes of a bus.
///
/// SQLite has such a lock itself, but waits for it by polling with ever longer pauses, which starves some of several
/// processes. The operating system wakes the next one.
#[derive(Debug)]
pub(super) struct WriteLock {
    /// The lock of a file is that of its handle, which all threads share; hence the mutex.
    file: Mutex<File>,
}

impl WriteLock {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Waits until nobody else writes.
    pub(super) fn lock(&self) -> io::Result<Held<'_>> {
        let file = sync::lock(&self.file);
        loop {
            match file.lock() {
                Ok(()) => return Ok(Held(file)),
                // A signal arrived.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The right to write, until it is dropped.
pub(super) struct Held<'l>(MutexGuard<'l, File>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::error!(%error, "cannot release the lock of the event bus");
        }
    }
}
