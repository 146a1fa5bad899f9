//! The parked events of a consumer, in their tables: [`Parked`].

use rusqlite::{Connection, OptionalExtension as _, params};

use super::claimant::Claimant;
use super::claims::Claims;
use super::fault::Fault;
use super::key_map::{KeyMap, KeySet};
use super::log;
use super::parked_row::{self, EventRow};
use super::row;
use crate::bus::backends::waiting_text;
use crate::bus::contract::{Delivery, ParkedChange, ParkedEvent, ParkedId, ParkedStart, Waiting};
use crate::bus::message::Message;

/// Maximum number of events of a consumer that is gone to look at in one transaction, which holds up other writers.
const MAX_LOOKED_AT: usize = 5000;

const DELETE_MESSAGE: &str = "DELETE FROM parked_message WHERE id = ?1";

/// An owner that does not exist: it has no events.
const NOBODY: i64 = 0;

/// The parked events of a consumer, who also claims those of others.
pub(super) struct Parked<'s> {
    pub(super) sql: &'s Connection,
    group: i64,
    claimant: Claimant,
    /// The row under which the consumer has them.
    own: i64,
}

/// Other owners of parked events in the group.
#[derive(Default)]
struct Others {
    /// Those whose consumers have left, or have sent no heartbeat for too long.
    gone: Vec<i64>,
    living: Vec<i64>,
}

/// The number of parked events of a group.
pub(super) fn count(sql: &Connection, group: i64) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached("SELECT count(*) FROM parked WHERE grp = ?1")?;
    Ok(statement.query_row([group], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// The row under which a member has parked events.
pub(super) fn owner(sql: &Connection, group: i64, member: i64) -> Result<i64, Fault> {
    let mut statement = sql.prepare_cached("SELECT id FROM parked_owner WHERE grp = ?1 AND member = ?2")?;
    Ok(statement.query_row([group, member], |row| row.get(0)).optional()?.unwrap_or(NOBODY))
}

/// The row of events that belong to nobody, which others can claim at once.
pub(super) fn find_or_create_nobodys(sql: &Connection, group: i64) -> Result<i64, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT id FROM parked_owner WHERE grp = ?1 AND member IS NULL LIMIT 1")?;
    if let Some(found) = statement.query_row([group], |row| row.get(0)).optional()? {
        return Ok(found);
    }
    let mut insert = sql
        .prepare_cached("INSERT INTO parked_owner (grp, member, heartbeat, boot) VALUES (?1, NULL, 0, 0)")?;
    Ok(insert.insert([group])?)
}

/// Removes the message of an event whose row is removed.
pub(super) fn remove_message(sql: &Connection, id: i64) -> Result<(), Fault> {
    sql.prepare_cached(DELETE_MESSAGE)?.execute([id])?;
    Ok(())
}

/// Forgets an owner that has no events any more, so that nobody looks for their keys.
pub(super) fn forget(sql: &Connection, owner: i64) -> Result<(), Fault> {
    let mut delete = sql.prepare_cached(
        "DELETE FROM parked_owner WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM parked WHERE owner = ?1)",
    )?;
    delete.execute([owner])?;
    Ok(())
}

impl<'s> Parked<'s> {
    /// What this consumer of a group has parked.
    pub(super) fn of(sql: &'s Connection, group: i64, claimant: Claimant) -> Result<Self, Fault> {
        Ok(Self { sql, group, claimant, own: owner(sql, group, claimant.member)? })
    }

    /// Adds an event, which had this number in the topic. The consumer has [joined](Self::join).
    pub(super) fn push(
        &self,
        number: i64,
        message: &Message,
        waiting: &[Waiting],
    ) -> Result<ParkedId, Fault> {
        let mut headers = Vec::new();
        row::write_headers(&message.headers, &mut headers);
        let size = i64::try_from(message.size()).unwrap_or(i64::MAX);
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO parked (grp, owner, number, key, size, starts, waiting) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
        )?;
        let (key, waiting) = (row::key(message).cast_signed(), waiting_text::write(waiting));
        let id = insert.insert(params![self.group, self.own, number, key, size, waiting])?;
        let mut insert = self
            .sql
            .prepare_cached("INSERT INTO parked_message (id, headers, payload) VALUES (?1, ?2, ?3)")?;
        insert.execute(params![id, headers, message.payload])?;
        Ok(ParkedId::new(id.unsigned_abs()))
    }

    /// The events of this consumer behind a number, at most `max`.
    pub(super) fn list(&self, after: i64, max: usize) -> Result<Vec<ParkedEvent>, Fault> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT {} FROM parked WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            EventRow::COLUMNS
        ))?;
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let rows = statement.query_map([self.own, after, max], EventRow::read)?;
        rows.map(|row| row?.event()).collect()
    }

    /// Sends a heartbeat for what this consumer has, and nothing if it has none.
    pub(super) fn renew(&self) -> Result<(), Fault> {
        let mut update =
            self.sql.prepare_cached("UPDATE parked_owner SET heartbeat = ?2, boot = ?3 WHERE id = ?1")?;
        update.execute(params![self.own, self.claimant.now, self.claimant.boot])?;
        Ok(())
    }

    /// Makes this consumer one that has parked events, with a heartbeat.
    pub(super) fn join(&mut self) -> Result<(), Fault> {
        if self.own != NOBODY {
            return self.renew();
        }
        let Claimant { member, now, boot, .. } = self.claimant;
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO parked_owner (grp, member, heartbeat, boot) VALUES (?1, ?2, ?3, ?4)",
        )?;
        self.own = insert.insert(params![self.group, member, now, boot])?;
        Ok(())
    }

    fn others(&self) -> Result<Others, Fault> {
        let mut statement = self.sql.prepare_cached(
            "SELECT parked.id, member.owner IS NULL, parked.heartbeat, parked.boot
             FROM parked_owner AS parked LEFT JOIN member ON member.id = parked.member
             WHERE parked.grp = ?1 AND parked.id <> ?2",
        )?;
        let mut rows = statement.query([self.group, self.own])?;
        let mut others = Others::default();
        while let Some(row) = rows.next()? {
            // The consumer may be in another container, where nobody sees whether it lives: the heartbeat tells.
            let has_left: bool = row.get(1)?;
            let is_living = !has_left && self.claimant.is_alive(row.get(2)?, row.get(3)?);
            let owners = if is_living { &mut others.living } else { &mut others.gone };
            owners.push(row.get(0)?);
        }
        Ok(others)
    }

    /// Whether others are gone that have parked events.
    pub(super) fn are_others_gone(&self) -> Result<bool, Fault> {
        Ok(!self.others()?.gone.is_empty())
    }

    /// Claims events of nobody, and of consumers that are gone, oldest first. Those of a key that another consumer keeps, parked or
    /// in flight, are left to that one, so that the key stays in order: its heartbeats for the two are apart. A key is claimed as
    /// a whole: what others have in flight of it is the claimant's, too, and what there was no room for is nobody's.
    pub(super) fn claim(&mut self, claims: &mut Claims, max: usize) -> Result<Vec<ParkedEvent>, Fault> {
        let Others { gone, living } = self.others()?;
        let in_flight = claims.keys_of_others(self.claimant);
        let (mut found, mut keys, mut are_all) = (Vec::new(), KeyMap::default(), true);
        for owner in &gone {
            let is_free = |row: &EventRow| !in_flight.contains(&row.key);
            are_all &= self.find_claimable(*owner, &living, &mut keys, max, is_free, &mut found)?;
        }
        found.sort_unstable_by_key(|row| row.id);
        are_all &= found.len() <= max;
        found.truncate(max);
        if !found.is_empty() {
            self.join()?;
        }
        for row in &found {
            let mut update = self.sql.prepare_cached("UPDATE parked SET owner = ?2 WHERE id = ?1")?;
            update.execute([row.id, self.own])?;
        }
        let keys: KeySet = found.iter().map(|row| row.key).filter(|key| *key != 0).collect();
        claims.claim_behind_parked(&keys, self.claimant);
        if !are_all {
            self.disown(&keys, &gone)?;
        }
        for owner in gone {
            forget(self.sql, owner)?;
        }
        found.iter().map(EventRow::event).collect()
    }

    /// Takes what is left of these keys from owners that are gone: if one lives again, it would go on with later events of a key.
    fn disown(&self, keys: &KeySet, gone: &[i64]) -> Result<(), Fault> {
        let nobody = find_or_create_nobodys(self.sql, self.group)?;
        let mut update = self
            .sql
            .prepare_cached("UPDATE parked SET owner = ?4 WHERE grp = ?1 AND key = ?2 AND owner = ?3")?;
        for owner in gone.iter().filter(|owner| **owner != nobody) {
            for key in keys {
                update.execute([self.group, key.cast_signed(), *owner, nobody])?;
            }
        }
        Ok(())
    }

    /// Finds the first free events of an owner that is gone, and tells whether these are all. `keys` remembers which ones the living
    /// have.
    fn find_claimable(
        &self,
        owner: i64,
        living: &[i64],
        keys: &mut KeyMap<bool>,
        max: usize,
        is_free: impl Fn(&EventRow) -> bool,
        found: &mut Vec<EventRow>,
    ) -> Result<bool, Fault> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT {} FROM parked WHERE owner = ?1 ORDER BY id",
            EventRow::COLUMNS
        ))?;
        let (mut rows, mut count) = (statement.query([owner])?, 0);
        for _ in 0..max.max(MAX_LOOKED_AT) {
            if count >= max {
                break;
            }
            let Some(row) = rows.next()? else { return Ok(true) };
            let row = EventRow::read(row)?;
            let is_with_living = if let Some(is_with_living) = keys.get(&row.key) {
                *is_with_living
            } else {
                let is_with_living = row.key != 0 && self.is_with(row.key, living)?;
                keys.insert(row.key, is_with_living);
                is_with_living
            };
            if !is_with_living && is_free(&row) {
                found.push(row);
                count += 1;
            }
        }
        Ok(false)
    }

    /// Whether one of these owners has events of a key.
    fn is_with(&self, key: u64, owners: &[i64]) -> Result<bool, Fault> {
        let mut statement =
            self.sql.prepare_cached("SELECT 1 FROM parked WHERE grp = ?1 AND key = ?2 AND owner = ?3")?;
        for owner in owners {
            if statement.exists([self.group, key.cast_signed(), *owner])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Records starts of events, and returns them. `None` for one that is not this consumer's.
    pub(super) fn start(&self, starts: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, Fault> {
        let mut update = self
            .sql
            .prepare_cached("UPDATE parked SET starts = ?3 WHERE id = ?1 AND owner = ?2 RETURNING number")?;
        let mut select =
            self.sql.prepare_cached("SELECT headers, payload FROM parked_message WHERE id = ?1")?;
        let start = |ParkedStart { id, starts, .. }: &ParkedStart| {
            let Some(id) = parked_row::number(*id) else { return Ok(None) };
            let number = update.query_row(params![id, self.own, starts.saturating_add(1)], |row| row.get(0));
            let Some(number) = number.optional()? else { return Ok(None) };
            let message = select.query_row([id], |row| Ok(row::message(row.get_ref(0)?, row.get_ref(1)?)));
            let message = message.optional()?.ok_or_else(|| Fault::damaged("a parked event"))?;
            Ok(Some(Delivery::new(log::id(number), message).redelivered(*starts > 0)))
        };
        starts.iter().map(start).collect()
    }

    /// Replaces what events wait for, and removes those that wait for nothing. Returns which are this consumer's.
    pub(super) fn settle(&self, changes: &[ParkedChange<'_>]) -> Result<Vec<bool>, Fault> {
        let prepare = |text| self.sql.prepare_cached(text);
        let mut update = prepare("UPDATE parked SET starts = 0, waiting = ?3 WHERE id = ?1 AND owner = ?2")?;
        let mut delete = prepare("DELETE FROM parked WHERE id = ?1 AND owner = ?2")?;
        let mut delete_message = prepare(DELETE_MESSAGE)?;
        let settle = |ParkedChange { id, waiting, .. }: &ParkedChange<'_>| {
            let Some(id) = parked_row::number(*id) else { return Ok(false) };
            if !waiting.is_empty() {
                return Ok(update.execute(params![id, self.own, waiting_text::write(waiting)])? > 0);
            }
            let is_own = delete.execute([id, self.own])? > 0;
            if is_own {
                delete_message.execute([id])?;
            }
            Ok(is_own)
        };
        changes.iter().map(settle).collect()
    }

    /// Makes this consumer one without parked events if it has none any more. To be called when events were settled.
    pub(super) fn leave_if_empty(&self) -> Result<(), Fault> {
        forget(self.sql, self.own)
    }
}
