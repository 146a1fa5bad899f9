//! What produces and consumes at the moment, for those who ask: [`Live`].

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::bus::contract::Backend;
use crate::bus::message::topic::Topic;
use crate::process::Process;
use crate::sync;

/// A topic that is produced to or consumed.
pub(in crate::bus) trait Live: Send + Sync {
    /// Why it does not work, one text for each reason; empty if it does.
    fn not_ready(&self) -> Vec<String>;

    /// Why its threads do not work any more.
    fn dead(&self) -> Option<String> {
        None
    }

    /// The bus that it uses, and a topic to ask it for.
    fn bus(&self) -> Option<(Arc<dyn Backend>, Topic)> {
        None
    }

    /// Reads its numbers. May ask the bus, and so block.
    fn levels(&self) -> Vec<Level> {
        Vec::new()
    }
}

/// A number that is read when somebody asks.
#[derive(Clone, Debug)]
pub(in crate::bus) enum Level {
    /// Messages in the queue of a producer.
    Queued(Topic, u64),
    /// Messages in spill files.
    Spilled(Topic, u64),
    /// Entries that a group has not read.
    Lag(Topic, String, u64),
    /// Entries that a group has read and not acknowledged.
    Pending(Topic, String, u64),
    /// The age of the oldest entry that a group has not acknowledged.
    Oldest(Topic, String, Duration),
    /// Dead letters of a topic.
    DeadLetters(Topic, u64),
}

/// Those of one process.
struct OfProcess {
    process: Process,
    all: Vec<Weak<dyn Live>>,
}

static LIVE: Mutex<Option<OfProcess>> = Mutex::new(None);

/// Adds one, until it is dropped.
pub(in crate::bus) fn add(live: Weak<dyn Live>) {
    let mut current = sync::lock(&LIVE);
    match &mut *current {
        Some(OfProcess { process, all }) if process.is_this() => {
            all.retain(|each| each.strong_count() > 0);
            all.push(live);
        }
        // Those of the process that this one was forked from work there.
        _ => *current = Some(OfProcess { process: Process::this(), all: vec![live] }),
    }
}

/// All that work.
pub(in crate::bus) fn all() -> Vec<Arc<dyn Live>> {
    match &*sync::lock(&LIVE) {
        Some(OfProcess { process, all }) if process.is_this() => {
            all.iter().filter_map(Weak::upgrade).collect()
        }
        _ => Vec::new(),
    }
}
