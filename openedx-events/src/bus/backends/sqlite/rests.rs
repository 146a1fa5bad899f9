//! Entries that were passed over without a record of each: [`Rests`].

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::log::MAX_ENTRIES;

/// The member of the row of the rests; no consumer has this id.
pub(super) const MEMBER: i64 = 0;

/// Maximum number of keys that have a rest.
const MAX_RESTS: usize = 100;

/// 8 bytes each, the low ones first.
const LENGTH: usize = 24;

/// The entries of a key that stand too far behind to have records. They are found again in the topic when it is their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    /// The [hash](crate::bus::Message::key_hash) of the key.
    pub(super) key: u64,
    /// None has a number before this one. The last one is where the group has looked last.
    pub(super) next: i64,
    /// Their number when they were passed over.
    pub(super) count: u64,
}

/// The rests of a group.
#[derive(Debug, Default)]
pub(super) struct Rests {
    /// Their row, if there is one already.
    id: Option<i64>,
    of_keys: Vec<Rest>,
    is_changed: bool,
}

impl Rests {
    pub(super) fn read(id: i64, blob: &[u8]) -> Result<Self, Fault> {
        let (chunks, end) = blob.as_chunks::<LENGTH>();
        let rests = chunks.iter().map(read).collect::<Option<_>>().filter(|_| end.is_empty());
        let rests = rests.ok_or_else(|| Fault::damaged("the rests of a group"))?;
        Ok(Self { id: Some(id), of_keys: rests, is_changed: false })
    }

    pub(super) fn save(&self, sql: &Connection, group: i64) -> Result<(), Fault> {
        if !self.is_changed {
            return Ok(());
        }
        match self.id {
            Some(id) if self.of_keys.is_empty() => {
                sql.prepare_cached("DELETE FROM lot WHERE id = ?1")?.execute([id])?;
            }
            Some(id) => {
                let mut update = sql.prepare_cached("UPDATE lot SET records = ?2 WHERE id = ?1")?;
                update.execute(params![id, self.blob()])?;
            }
            None if self.of_keys.is_empty() => {}
            None => {
                let mut insert =
                    sql.prepare_cached("INSERT INTO lot (grp, member, records) VALUES (?1, ?2, ?3)")?;
                insert.execute(params![group, MEMBER, self.blob()])?;
            }
        }
        Ok(())
    }

    fn blob(&self) -> Vec<u8> {
        let parts = |rest: &Rest| [rest.key.to_le_bytes(), rest.next.to_le_bytes(), rest.count.to_le_bytes()];
        self.of_keys.iter().flat_map(parts).flatten().collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rest> {
        self.of_keys.iter()
    }

    pub(super) fn has(&self, key: u64) -> bool {
        self.of_keys.iter().any(|rest| rest.key == key)
    }

    /// Whether another key may have a rest.
    pub(super) fn has_room(&self) -> bool {
        self.of_keys.len() < MAX_RESTS
    }

    /// Passes over an entry, behind all others of its key. Returns `false` if there is no room.
    pub(super) fn pass(&mut self, key: u64, number: i64) -> bool {
        if let Some(rest) = self.of_keys.iter_mut().find(|rest| rest.key == key) {
            rest.count = rest.count.saturating_add(1);
        } else if self.has_room() {
            self.of_keys.push(Rest { key, next: number, count: 1 });
        } else {
            return false;
        }
        self.is_changed = true;
        true
    }

    pub(super) fn clear(&mut self) {
        self.is_changed |= !self.of_keys.is_empty();
        self.of_keys.clear();
    }

    /// Sets what is left of a rest; nothing if `rest` is `None`.
    pub(super) fn set(&mut self, key: u64, rest: Option<Rest>) {
        self.of_keys.retain(|each| each.key != key);
        self.of_keys.extend(rest);
        self.is_changed = true;
    }
}

fn read(bytes: &[u8; LENGTH]) -> Option<Rest> {
    let (parts, _) = bytes.as_chunks::<8>();
    let [key, next, count] = *parts else { return None };
    let (next, key, count) = (i64::from_le_bytes(next), u64::from_le_bytes(key), u64::from_le_bytes(count));
    // Behind the last entry there is one number more.
    (1..=MAX_ENTRIES + 1).contains(&next).then_some(Rest { key, next, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_are_read_as_they_were_written() -> Result<(), Fault> {
        let mut rests = Rests::default();
        for (key, number) in [(u64::MAX, 1), (7, 2), (u64::MAX, 3), (7, MAX_ENTRIES)] {
            assert!(rests.pass(key, number));
        }
        let expected = [Rest { key: u64::MAX, next: 1, count: 2 }, Rest { key: 7, next: 2, count: 2 }];
        let mut read = Rests::read(1, &rests.blob())?;
        assert_eq!(read.of_keys, expected);
        read.set(7, None);
        assert_eq!(Rests::read(1, &read.blob())?.of_keys, expected[..1]);
        Ok(())
    }

    #[test]
    fn damaged_rests_are_refused() {
        let mut rests = Rests::default();
        rests.pass(7, 0);
        assert!(Rests::read(1, &rests.blob()).is_err(), "there is no such number");
        assert!(Rests::read(1, &[0; LENGTH - 1]).is_err());
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let mut rests = Rests::default();
        for key in 1..=MAX_RESTS as u64 {
            assert!(rests.pass(key, 1));
        }
        assert!(!rests.has_room());
        assert!(!rests.pass(0, 1));
        assert!(rests.pass(1, 2), "it has one");
    }
}
