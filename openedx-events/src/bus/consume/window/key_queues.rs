//! The order of the entries of each key: [`KeyQueues`].

use std::collections::{HashMap, VecDeque};

/// For each key in flight, the slots of the entries behind its first one. Only the first may be handled.
#[derive(Default)]
pub(super) struct KeyQueues {
    behind: HashMap<Box<[u8]>, VecDeque<usize>>,
}

impl KeyQueues {
    /// Adds an entry. Returns whether it is the first of its key.
    pub(super) fn push(&mut self, key: &[u8], slot: usize) -> bool {
        if let Some(behind) = self.behind.get_mut(key) {
            behind.push_back(slot);
            return false;
        }
        self.behind.insert(key.into(), VecDeque::new());
        true
    }

    /// Removes the first entry of a key. Returns the one behind it, which is the first now.
    pub(super) fn pop(&mut self, key: &[u8]) -> Option<usize> {
        let next = self.behind.get_mut(key)?.pop_front();
        if next.is_none() {
            self.behind.remove(key);
        }
        next
    }

    /// Removes an entry that is not the first of its key. Returns whether there was one.
    pub(super) fn remove_behind(&mut self, key: &[u8], slot: usize) -> bool {
        let Some(behind) = self.behind.get_mut(key) else { return false };
        let place = behind.iter().position(|each| *each == slot);
        place.and_then(|place| behind.remove(place)).is_some()
    }

    pub(super) fn clear(&mut self) {
        self.behind.clear();
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.behind.is_empty()
    }
}
