//! Entries that the program holds: [`Held`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use crate::bus::backends::redis::stream_id::StreamId;
use crate::sync;

/// Entries that the program holds, and those of them whose attempts are counted.
///
/// After a lost connection the server is asked for everything that is pending; what the program holds must not be delivered
/// twice. An entry of a group that was deleted and created again is pending for nobody until the new group delivers it.
#[derive(Default)]
pub(super) struct Held(Mutex<Sets>);

#[derive(Default)]
struct Sets {
    /// With the group that has delivered each last.
    held: HashMap<StreamId, Incarnation>,
    counted: HashSet<StreamId>,
    group: Incarnation,
    /// What was settled while a request for pending entries is under way. The reply may have them, as it may be older.
    settled: Option<HashSet<StreamId>>,
}

/// Groups that had the same name one after the other.
type Incarnation = u64;

impl Held {
    /// Adds entries, and returns those that the program did not hold already.
    pub(super) fn add<T>(&self, entries: Vec<(StreamId, T)>) -> Vec<(StreamId, T)> {
        let mut sets = self.sets();
        let group = sets.group;
        let settled = sets.settled.take().unwrap_or_default();
        let entries = entries.into_iter().filter(|(id, _)| !settled.contains(id));
        entries.filter(|(id, _)| sets.held.insert(*id, group).is_none()).collect()
    }

    /// A request for what is pending begins. Until its entries are [added](Self::add), it is remembered what is settled
    /// meanwhile, on the other connection.
    pub(super) fn ask_for_pending(&self) {
        self.sets().settled = Some(HashSet::new());
    }

    /// The group was lost. What was delivered so far is not its successor's.
    pub(super) fn lose_group(&self) {
        self.sets().group += 1;
    }

    /// Whether the entry was delivered by a group that was lost, and not by its successor.
    pub(super) fn is_of_lost_group(&self, id: StreamId) -> bool {
        let sets = self.sets();
        sets.held.get(&id).is_some_and(|group| *group != sets.group)
    }

    pub(super) fn contains(&self, id: StreamId) -> bool {
        self.sets().held.contains_key(&id)
    }

    /// Those of these that were not delivered by a group that was lost.
    pub(super) fn without_lost_groups<'a>(&self, ids: &'a [StreamId]) -> Cow<'a, [StreamId]> {
        let sets = self.sets();
        let is_lost = |id: &StreamId| sets.held.get(id).is_some_and(|group| *group != sets.group);
        if ids.iter().any(is_lost) {
            ids.iter().copied().filter(|id| !is_lost(id)).collect()
        } else {
            Cow::Borrowed(ids)
        }
    }

    /// The attempts of this entry are counted on the server.
    pub(super) fn count(&self, id: StreamId) {
        self.sets().counted.insert(id);
    }

    /// No attempt of this entry is counted on the server any more.
    pub(super) fn uncount(&self, id: StreamId) {
        self.sets().counted.remove(&id);
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
        if let Some(settled) = &mut sets.settled {
            settled.extend(ids);
        }
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

    #[test]
    fn what_is_settled_while_pending_entries_are_asked_for_is_not_delivered_again() {
        let [one, two] = ["1-0", "2-0"].map(|id| StreamId::parse(id.as_bytes()).expect("an id"));
        let held = Held::default();
        held.add(vec![(one, 'a'), (two, 'b')]);
        held.ask_for_pending();
        held.remove(&[one]);
        assert!(held.add(vec![(one, 'a'), (two, 'b')]).is_empty());
        assert_eq!(held.add(vec![(one, 'a')]), [(one, 'a')], "the next reply is younger");
    }

    #[test]
    fn an_entry_is_its_groups_until_the_group_is_lost_and_its_successors_when_delivered_again() {
        let [one, two] = ["1-0", "2-0"].map(|id| StreamId::parse(id.as_bytes()).expect("an id"));
        let held = Held::default();
        held.add(vec![(one, 'a'), (two, 'b')]);
        assert!(!held.is_of_lost_group(one));
        held.lose_group();
        assert!(held.is_of_lost_group(one) && held.is_of_lost_group(two));
        assert!(held.without_lost_groups(&[one, two]).is_empty());
        assert!(held.add(vec![(one, 'a')]).is_empty(), "the program holds it already");
        assert!(!held.is_of_lost_group(one) && held.is_of_lost_group(two));
        assert_eq!(*held.without_lost_groups(&[one, two]), [one]);
    }
}
