//! What happens when a queue is full: [`Overflow`].

use std::path::PathBuf;
use std::time::Duration;

/// What happens to an event when the queue of its topic is full.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Sending waits until there is room, at most so long, and then fails.
    Block(Duration),
    /// The receiver that produces fails: an error in the responses.
    Fail,
    /// The event goes to a file, and so do all later ones of its topic until the file is empty, so that they keep their
    /// order (feature `sqlite`). A sending returns when the event is on the disk.
    ///
    /// The path is that of `PATH.0`, `PATH.1` and so on: each process has a file of its own. What a process that has died
    /// left in its file is published by the next one that starts with this path, before anything else.
    Spill(PathBuf),
}

impl Default for Overflow {
    fn default() -> Self {
        Self::Block(Duration::from_secs(5))
    }
}
