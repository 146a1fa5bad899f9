//! The parked events of a group, as operators see them: [`GroupParked`].

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Sqlite;
use super::claimant::Claimant;
use super::fault::Fault;
use super::group::GroupRow;
use super::log::{self, Log};
use super::parked;
use super::parked_row::{self, EventRow};
use super::row;
use crate::bus::backends::waiting_text;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{
    Delivery, ParkedChange, ParkedEvent, ParkedEvents, ParkedPlace, ParkedWrite, Waiting,
};
use crate::bus::message::topic::Topic;

/// A consumer that has sent no heartbeat for this time is gone: what it has started does not run any more. Consumers take over
/// what others have much earlier, but how early is theirs to know.
const GONE_AFTER: Duration = Duration::from_secs(60 * 60);

/// No member has this number: the operator is no consumer.
const NO_MEMBER: i64 = 0;

/// The parked events of all consumers of a group.
struct GroupParked<'s> {
    sql: &'s Connection,
    group: i64,
}

impl<'s> GroupParked<'s> {
    fn find(sql: &'s Connection, topic: &Topic, group: &str) -> Result<Option<Self>, Fault> {
        let Some(log) = Log::find(sql, topic)? else { return Ok(None) };
        Ok(GroupRow::find(sql, &log, group)?.map(|group| Self { sql, group: group.id }))
    }

    /// The rows of owners by the names of their consumers. Nobody, whose name is empty, can have several.
    fn owners(&self) -> Result<BTreeMap<String, Vec<i64>>, Fault> {
        let mut statement = self.sql.prepare_cached(
            "SELECT parked.id, coalesce(member.name, '')
             FROM parked_owner AS parked LEFT JOIN member ON member.id = parked.member WHERE parked.grp = ?1",
        )?;
        let (mut rows, mut owners) = (statement.query([self.group])?, BTreeMap::<_, Vec<_>>::new());
        while let Some(row) = rows.next()? {
            owners.entry(row.get(1)?).or_default().push(row.get(0)?);
        }
        Ok(owners)
    }

    fn list(
        &self,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, Fault> {
        let mut listed = Vec::new();
        for (consumer, owners) in self.owners()? {
            let after = match after {
                Some(after) if after.consumer > consumer => continue,
                Some(after) if after.consumer == consumer => parked_row::number(after.id).unwrap_or(i64::MAX),
                _ => 0,
            };
            let mut rows = Vec::new();
            for owner in owners {
                rows.extend(self.rows(owner, after, max - listed.len())?);
            }
            rows.sort_unstable_by_key(|row| row.id);
            for row in rows.into_iter().take(max - listed.len()) {
                let event = row.event()?;
                let place = ParkedPlace::new(consumer.clone(), event.id).waiting_for(&event.waiting);
                listed.push((place, event));
            }
            if listed.len() == max {
                break;
            }
        }
        Ok(listed)
    }

    /// The first events of an owner behind a number.
    fn rows(&self, owner: i64, after: i64, max: usize) -> Result<Vec<EventRow>, Fault> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT {} FROM parked WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            EventRow::COLUMNS
        ))?;
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        Ok(statement.query_map([owner, after, max], EventRow::read)?.collect::<Result<_, _>>()?)
    }

    fn read(&self, place: &ParkedPlace) -> Result<Option<Delivery>, Fault> {
        let Some(id) = parked_row::number(place.id) else { return Ok(None) };
        let mut statement = self.sql.prepare_cached(
            "SELECT event.number, message.headers, message.payload
             FROM parked AS event JOIN parked_message AS message ON message.id = event.id LEFT JOIN parked_owner AS parked ON parked.id = event.owner
                 LEFT JOIN member ON member.id = parked.member
             WHERE event.id = ?1 AND event.grp = ?2 AND coalesce(member.name, '') = ?3",
        )?;
        let delivery = statement.query_row(params![id, self.group, place.consumer], |row| {
            Ok(Delivery::new(log::id(row.get(0)?), row::message(row.get_ref(1)?, row.get_ref(2)?)))
        });
        Ok(delivery.optional()?)
    }

    /// Replaces what an event waits for, and makes it nobody's, with a new number: what its consumer still does under the old one
    /// has no effect, even if it claims the event itself. `claimant` tells who lives.
    fn change(
        &self,
        place: &ParkedPlace,
        waiting: &[Waiting],
        claimant: Claimant,
    ) -> Result<ParkedWrite, Fault> {
        let Some(id) = parked_row::number(place.id) else { return Ok(ParkedWrite::Gone) };
        let mut statement = self.sql.prepare_cached(
            "SELECT event.owner, event.starts, member.owner IS NULL, coalesce(parked.heartbeat, 0), coalesce(parked.boot, 0),
                 event.waiting
             FROM parked AS event LEFT JOIN parked_owner AS parked ON parked.id = event.owner
                 LEFT JOIN member ON member.id = parked.member
             WHERE event.id = ?1 AND event.grp = ?2 AND coalesce(member.name, '') = ?3",
        )?;
        let found = statement.query_row(params![id, self.group, place.consumer], |row| {
            let is_living = !row.get::<_, bool>(2)? && claimant.is_alive(row.get(3)?, row.get(4)?);
            Ok((row.get(0)?, row.get::<_, u32>(1)? > 0 && is_living, row.get::<_, String>(5)?))
        });
        let Some((owner, is_running, stored)) = found.optional()? else { return Ok(ParkedWrite::Gone) };
        if is_running {
            return Ok(ParkedWrite::Started);
        }
        if let Some(listed) = &place.waiting
            && *listed != parked_row::waiting(&stored)?
        {
            return Ok(ParkedWrite::Gone);
        }
        let text = waiting_text::write(waiting);
        if place.consumer.is_empty() && !waiting.is_empty() {
            self.sql
                .prepare_cached("UPDATE parked SET waiting = ?2 WHERE id = ?1")?
                .execute(params![id, text])?;
            return Ok(ParkedWrite::Done);
        }
        if waiting.is_empty() {
            parked::remove_message(self.sql, id)?;
        } else {
            let nobody = parked::find_or_create_nobodys(self.sql, self.group)?;
            let mut copy = self.sql.prepare_cached(
                "INSERT INTO parked (grp, owner, number, key, size, starts, waiting)
                 SELECT grp, ?2, number, key, size, starts, ?3 FROM parked WHERE id = ?1",
            )?;
            let new = copy.insert(params![id, nobody, text])?;
            self.sql.prepare_cached("UPDATE parked_message SET id = ?2 WHERE id = ?1")?.execute([id, new])?;
        }
        self.sql.prepare_cached("DELETE FROM parked WHERE id = ?1")?.execute([id])?;
        parked::forget(self.sql, owner)?;
        Ok(ParkedWrite::Done)
    }
}

impl ParkedEvents for Sqlite {
    fn list(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError> {
        self.look("list parked events", |sql| {
            GroupParked::find(sql, topic, group)?.map_or(Ok(Vec::new()), |parked| parked.list(after, max))
        })
    }

    fn read(
        &self,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        self.look("read parked events", |sql| {
            let Some(parked) = GroupParked::find(sql, topic, group)? else {
                return Ok(vec![None; events.len()]);
            };
            events.iter().map(|place| parked.read(place)).collect()
        })
    }

    fn change(
        &self,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        self.write("change parked events", |sql| {
            let Some(parked) = GroupParked::find(sql, topic, group)? else {
                return Ok(vec![ParkedWrite::Gone; changes.len()]);
            };
            let claimant = Claimant::after(&self.file, GONE_AFTER, NO_MEMBER);
            let (mut written, mut letters) = (Vec::with_capacity(changes.len()), Vec::new());
            for (place, ParkedChange { waiting, dead_letter, .. }) in changes {
                let write = parked.change(place, waiting, claimant)?;
                if let Some((delivery, letter)) = dead_letter.filter(|_| write == ParkedWrite::Done) {
                    letters.push(letter.message(&delivery.message, group, delivery.entry.as_str()));
                }
                written.push(write);
            }
            if !letters.is_empty() {
                Log::find_or_create(sql, &topic.dead_letters())?.append(sql, &letters)?;
            }
            Ok(written)
        })
    }
}
