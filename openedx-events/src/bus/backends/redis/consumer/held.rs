//! Entries that the program holds: [`Held`].

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard};

use crate::bus::backends::redis::stream_id::StreamId;
use crate::sync;

/// Entries that the program holds, and those of them whose attempts are counted.
///
/// After a lost connection the server is asked for everything that is pending; what the program holds must not be delivered
/// twice.
#[derive(Default)]
pub(super) struct Held(Mutex<Sets>);

#[derive(Default)]
struct Sets {
    held: HashSet<StreamId>,
    counted: HashSet<StreamId>,
}

impl Held {
    /// Adds entries, and returns those that the program did not hold already.
    pub(super) fn add<T>(&self, entries: Vec<(StreamId, T)>) -> Vec<(StreamId, T)> {
        let mut sets = self.sets();
        entries.into_iter().filter(|(id, _)| sets.held.insert(*id)).collect()
    }

    pub(super) fn contains(&self, id: StreamId) -> bool {
        self.sets().held.contains(&id)
    }

    /// The attempts of this entry are counted on the server.
    pub(super) fn count(&self, id: StreamId) {
        self.sets().counted.insert(id);
    }

    /// Those of these whose attempts are counted.
    pub(super) fn counted(&self, ids: &[StreamId]) -> Vec<StreamId> {
        let sets = self.sets();
        if sets.counted.is_empty() {
            return Vec::new();
        }
        ids.iter().copied().filter(|id| sets.counted.contains(id)).collect()
    }

    /// The program no longer holds these.
    pub(super) fn remove(&self, ids: &[StreamId]) {
        let mut sets = self.sets();
        for id in ids {
            sets.held.remove(id);
            if !sets.counted.is_empty() {
                sets.counted.remove(id);
            }
        }
    }

    fn sets(&self) -> MutexGuard<'_, Sets> {
        sync::lock(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_not_handed_out_again() {
        let [one, two] = ["1-0", "2-0"].map(|id| StreamId::parse(id.as_bytes()).expect("an id"));
        let held = Held::default();
        assert_eq!(held.add(vec![(one, 'a')]), [(one, 'a')]);
        assert_eq!(held.add(vec![(one, 'a'), (two, 'b')]), [(two, 'b')]);
        held.count(two);
        assert_eq!(held.counted(&[one, two]), [two]);
        held.remove(&[one, two]);
        assert!(!held.contains(one) && !held.contains(two));
        assert!(held.counted(&[one, two]).is_empty());
        assert_eq!(held.add(vec![(one, 'a')]), [(one, 'a')], "redelivered");
    }
}
