//! The keys of which other consumers of a group have parked events: [`ParkedKeys`].

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::key_map::KeyMap;
use super::parked;

/// Looks up keys, each once at most, and none at all if no other consumer has parked events.
pub(super) struct ParkedKeys<'s> {
    sql: &'s Connection,
    group: i64,
    member: i64,
    have_others_parked: bool,
    /// The row of what this member has parked, once it is needed.
    own: Option<i64>,
    known: KeyMap<bool>,
}

impl<'s> ParkedKeys<'s> {
    /// The keys that are not for this member of the group. `have_others_parked` tells whether there are any.
    pub(super) fn new(sql: &'s Connection, group: i64, member: i64, have_others_parked: bool) -> Self {
        Self { sql, group, member, have_others_parked, own: None, known: KeyMap::default() }
    }

    /// Whether another consumer has parked events of the key with this hash.
    pub(super) fn has(&mut self, key: u64) -> Result<bool, Fault> {
        if !self.have_others_parked {
            return Ok(false);
        }
        if let Some(is_parked) = self.known.get(&key) {
            return Ok(*is_parked);
        }
        let own = match self.own {
            Some(own) => own,
            None => *self.own.insert(parked::owner(self.sql, self.group, self.member)?),
        };
        // On either side of this member in the index, so that its own events of the key, of which there may be many, are not
        // looked at.
        let mut statement = self.sql.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM parked WHERE grp = ?1 AND key = ?2 AND owner < ?3)
                 OR EXISTS (SELECT 1 FROM parked WHERE grp = ?1 AND key = ?2 AND owner > ?3)",
        )?;
        let values = params![self.group, key.cast_signed(), own];
        let is_parked = statement.query_row(values, |row| row.get(0))?;
        self.known.insert(key, is_parked);
        Ok(is_parked)
    }
}
