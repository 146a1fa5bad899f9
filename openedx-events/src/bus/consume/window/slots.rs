//! Where the entries in flight are kept: [`Slots`].

use super::entry::{Entry, Origin};
use super::lanes::{LaneKey, ShareId};
use super::parked::Parked;
use crate::bus::consume::circuit::Failures;
use crate::bus::contract::{EntryId, ParkedId};

/// The entries in flight, each in a slot of its own. The number of a slot names an entry as long as it is in flight.
#[derive(Default)]
pub(super) struct Slots {
    all: Vec<Slot>,
    free: Vec<usize>,
    /// The number of entries, and their bytes.
    len: usize,
    bytes: usize,
}

enum Slot {
    Free,
    /// It waits: for a worker, for its key or for its backoff.
    Waiting(Box<Entry>),
    /// A worker has it, or it is being written or looked for in the store.
    Taken(Taken),
    /// It is in the store, and not in flight.
    Parked(Box<Parked>),
}

/// What was taken out of a slot.
enum Taken {
    Topic(EntryId),
    Store(ParkedId),
}

impl Slots {
    /// Adds an entry and returns its slot.
    pub(super) fn insert(&mut self, mut entry: Box<Entry>) -> usize {
        let slot = self.free_slot();
        entry.slot = slot;
        self.len += 1;
        self.bytes += entry.size;
        self.all[slot] = Slot::Waiting(entry);
        slot
    }

    fn free_slot(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.all.push(Slot::Free);
            self.all.len() - 1
        })
    }

    /// Adds a parked event. Returns its slot, and the lane that it is in at each receiver.
    pub(super) fn insert_parked(&mut self, parked: Box<Parked>) -> (usize, LaneKey) {
        let slot = self.free_slot();
        let key = parked.lane_key(slot);
        self.all[slot] = Slot::Parked(parked);
        (slot, key)
    }

    /// Parks an entry that was taken.
    pub(super) fn park(&mut self, entry: &Entry, parked: Box<Parked>) {
        self.len -= 1;
        self.bytes -= entry.size;
        self.all[entry.slot] = Slot::Parked(parked);
    }

    /// A parked event is in flight again.
    pub(super) fn unpark(&mut self, slot: usize, mut entry: Box<Entry>) {
        entry.slot = slot;
        self.len += 1;
        self.bytes += entry.size;
        self.all[slot] = Slot::Waiting(entry);
    }

    /// Takes a parked event out to fetch it.
    pub(super) fn take_parked(&mut self, slot: usize) -> Option<Box<Parked>> {
        let taken = Slot::Taken(Taken::Store(self.parked(slot)?.id));
        match std::mem::replace(&mut self.all[slot], taken) {
            Slot::Parked(parked) => Some(parked),
            Slot::Free | Slot::Waiting(_) | Slot::Taken(_) => None,
        }
    }

    /// Puts a parked event back that was taken.
    pub(super) fn put_back_parked(&mut self, slot: usize, parked: Box<Parked>) {
        self.all[slot] = Slot::Parked(parked);
    }

    /// Frees the slot of a parked event that was taken.
    pub(super) fn free(&mut self, slot: usize) {
        self.all[slot] = Slot::Free;
        self.free.push(slot);
    }

    /// The parked event of this slot, if it has one.
    pub(super) fn parked(&self, slot: usize) -> Option<&Parked> {
        match self.all.get(slot) {
            Some(Slot::Parked(parked)) => Some(parked),
            _ => None,
        }
    }

    /// The failures of an event that waits for a receiver, in flight or parked.
    pub(super) fn failures(&self, share: ShareId) -> Option<&Failures> {
        match self.all.get(share.slot)? {
            Slot::Waiting(entry) => entry.failures(share.number),
            Slot::Parked(parked) => parked.failures(share.number),
            Slot::Free | Slot::Taken(_) => None,
        }
    }

    pub(super) fn failures_mut(&mut self, share: ShareId) -> Option<&mut Failures> {
        match self.all.get_mut(share.slot)? {
            Slot::Waiting(entry) => entry.failures_mut(share.number),
            Slot::Parked(parked) => parked.failures_mut(share.number),
            Slot::Free | Slot::Taken(_) => None,
        }
    }

    /// The entry of this slot, if no worker has it.
    pub(super) fn waiting(&self, slot: usize) -> Option<&Entry> {
        match self.all.get(slot) {
            Some(Slot::Waiting(entry)) => Some(entry),
            Some(Slot::Free | Slot::Taken(_) | Slot::Parked(_)) | None => None,
        }
    }

    pub(super) fn waiting_mut(&mut self, slot: usize) -> Option<&mut Entry> {
        match self.all.get_mut(slot) {
            Some(Slot::Waiting(entry)) => Some(entry),
            Some(Slot::Free | Slot::Taken(_) | Slot::Parked(_)) | None => None,
        }
    }

    /// The id of the event of this slot in the store, if it is there: also while a worker fetches or has it.
    pub(super) fn parked_id(&self, slot: usize) -> Option<ParkedId> {
        match self.all.get(slot)? {
            Slot::Parked(parked) => Some(parked.id),
            Slot::Taken(Taken::Store(id)) => Some(*id),
            Slot::Waiting(entry) => entry.parked_id(),
            Slot::Free | Slot::Taken(Taken::Topic(_)) => None,
        }
    }

    /// Takes out an event that was fetched from the store, if no worker has it or runs one of its receivers.
    pub(super) fn take_fetched(&mut self, slot: usize) -> Option<(ParkedId, Box<Entry>)> {
        let id = self.waiting(slot).filter(|entry| entry.running == 0)?.parked_id()?;
        Some((id, self.take(slot)?))
    }

    /// Takes the entry of this slot out for a worker, if none has it. It is still in flight.
    pub(super) fn take(&mut self, slot: usize) -> Option<Box<Entry>> {
        let entry = self.waiting(slot)?;
        let taken = match &entry.origin {
            Origin::Topic => Taken::Topic(entry.delivery.entry.clone()),
            Origin::Store { id, .. } => Taken::Store(*id),
        };
        let taken = Slot::Taken(taken);
        match std::mem::replace(&mut self.all[slot], taken) {
            Slot::Waiting(entry) => Some(entry),
            Slot::Free | Slot::Taken(_) | Slot::Parked(_) => None,
        }
    }

    /// Puts an entry back that a worker had.
    pub(super) fn put_back(&mut self, entry: Box<Entry>) {
        let slot = entry.slot;
        self.all[slot] = Slot::Waiting(entry);
    }

    /// Removes an entry that a worker had.
    pub(super) fn remove(&mut self, entry: &Entry) {
        self.all[entry.slot] = Slot::Free;
        self.free.push(entry.slot);
        self.len -= 1;
        self.bytes -= entry.size;
    }

    /// Removes an entry, if no worker has it or runs one of its receivers.
    pub(super) fn remove_waiting(&mut self, id: &EntryId) -> Option<Box<Entry>> {
        let is_it = |slot: &Slot| matches!(slot, Slot::Waiting(entry) if entry.running == 0 && entry.entry_of_topic() == Some(id));
        let slot = self.all.iter().position(is_it)?;
        let entry = self.take(slot)?;
        self.remove(&entry);
        Some(entry)
    }

    /// Removes all entries that no worker has or runs a receiver of.
    pub(super) fn remove_all_waiting(&mut self) -> Vec<Entry> {
        let mut removed = Vec::new();
        for slot in 0..self.all.len() {
            if self.waiting(slot).is_some_and(|entry| entry.running == 0)
                && let Some(entry) = self.take(slot)
            {
                self.remove(&entry);
                removed.push(*entry);
            }
        }
        removed
    }

    /// The ids of all events in the store that no worker fetches or has.
    pub(super) fn parked_ids(&self) -> impl Iterator<Item = ParkedId> {
        self.all.iter().filter_map(|slot| match slot {
            Slot::Parked(parked) => Some(parked.id),
            _ => None,
        })
    }

    pub(super) fn contains(&self, id: &EntryId) -> bool {
        self.all.iter().any(|slot| slot.id() == Some(id))
    }

    pub(super) fn ids(&self) -> Vec<EntryId> {
        self.all.iter().filter_map(Slot::id).cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of entries that no worker has taken yet.
    pub(super) fn unbegun(&self) -> usize {
        let is_unbegun = |slot: &&Slot| matches!(slot, Slot::Waiting(entry) if !entry.is_begun());
        self.all.iter().filter(is_unbegun).count()
    }
}

impl Slot {
    /// The entry of the topic, which is renewed and can be delivered again.
    fn id(&self) -> Option<&EntryId> {
        match self {
            Self::Free | Self::Parked(_) | Self::Taken(Taken::Store(_)) => None,
            Self::Waiting(entry) => entry.entry_of_topic(),
            Self::Taken(Taken::Topic(id)) => Some(id),
        }
    }
}
