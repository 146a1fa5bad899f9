//! What happens when a queue is full: [`Overflow`].

use std::path::PathBuf;
use std::time::Duration;

/// What happens to an event when the queue of its topic is full.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The send blocks until the queue has room, at most for this time, and then fails as in [`Fail`](Self::Fail). The
    /// default, with 5 seconds.
    Block(Duration),
    /// The receiver that produces fails: the responses of the send have an error.
    Fail,
    /// The event is written to a file, and so are later events of its topic until the file is empty, so that they keep their
    /// order (feature `sqlite`). The send returns when the event is on the disk.
    ///
    /// The files are named `PATH.0`, `PATH.1` and so on: each process has its own. The next process that starts with this
    /// path publishes what a dead process left in its file, before anything else, each event to the topic that it was sent
    /// to. `openedx-events spill` lists, publishes and prints what is in the files of dead processes.
    ///
    /// While the disk is full or fails, sends fail. A file that is removed or replaced while it is in use, or that is damaged,
    /// is made anew; a damaged one is renamed before. What was in it is [lost](super::ProducerReport::lost).
    Spill(PathBuf),
}

impl Default for Overflow {
    fn default() -> Self {
        Self::Block(Duration::from_secs(5))
    }
}
