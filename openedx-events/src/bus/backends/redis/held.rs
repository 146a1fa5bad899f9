//! What a consumer has handed out and not seen done: [`Given`].

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard};

use super::stream_id::StreamId;
use crate::sync;

/// Entries that the program holds, and those of them that were marked.
///
/// After a lost connection the server is asked for everything that is pending; what the program holds must not come twice.
#[derive(Default)]
pub(super) struct Given(Mutex<Sets>);

#[derive(Default)]
struct Sets {
    held: HashSet<StreamId>,
    marked: HashSet<StreamId>,
}

impl Given {
    /// Hands entries out: those that the program does not hold already.
    pub(super) fn give<T>(&self, entries: Vec<(StreamId, T)>) -> Vec<(StreamId, T)> {
        let mut sets = self.sets();
        entries.into_iter().filter(|(id, _)| sets.held.insert(*id)).collect()
    }

    pub(super) fn holds(&self, id: StreamId) -> bool {
        self.sets().held.contains(&id)
    }

    pub(super) fn mark(&self, id: StreamId) {
        self.sets().marked.insert(id);
    }

    /// Those of these that were marked.
    pub(super) fn marked(&self, ids: &[StreamId]) -> Vec<StreamId> {
        let sets = self.sets();
        if sets.marked.is_empty() {
            return Vec::new();
        }
        ids.iter().copied().filter(|id| sets.marked.contains(id)).collect()
    }

    /// The program holds these no longer.
    pub(super) fn forget(&self, ids: &[StreamId]) {
        let mut sets = self.sets();
        for id in ids {
            sets.held.remove(id);
            if !sets.marked.is_empty() {
                sets.marked.remove(id);
            }
        }
    }

    fn sets(&self) -> MutexGuard<'_, Sets> {
        sync::lock(&self.0)
    }
}
