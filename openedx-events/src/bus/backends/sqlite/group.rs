//! Groups and their consumers, by name.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::abandoned;
use super::claims::Claims;
use super::clock;
use super::fault::Fault;
use super::log::Log;
use super::owner::Owner;
use super::parked;
use super::rests;
use crate::bus::contract::{GroupInfo, StartAt};
use crate::bus::message::topic::Topic;

/// The row of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupRow {
    pub(super) id: i64,
    seen: i64,
}

/// The row of a consumer.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: i64,
    /// See [`Owner`].
    pub(super) owner: Option<String>,
    /// Others of the group have parked events.
    pub(super) have_others_parked: bool,
}

impl Member {
    /// Whether this consumer still has the name. One that another process has taken for ended has lost it.
    pub(super) fn is_of(&self, owner: &Owner) -> bool {
        self.owner.as_deref() == Some(owner.as_str())
    }
}

impl GroupRow {
    pub(super) fn find(sql: &Connection, log: &Log, name: &str) -> Result<Option<Self>, Fault> {
        let mut statement = sql.prepare_cached("SELECT id, seen FROM grp WHERE topic = ?1 AND name = ?2")?;
        let found = statement
            .query_row(params![log.topic, name], |row| Ok(Self { id: row.get(0)?, seen: row.get(1)? }))
            .optional()?;
        if found.is_some_and(|group| !(0..=log.last).contains(&group.seen)) {
            return Err(Fault::damaged("the row of a group"));
        }
        Ok(found)
    }

    /// The group, which is created if it does not exist, and whether it is new.
    pub(super) fn find_or_create(
        sql: &Connection,
        log: &Log,
        name: &str,
        start: StartAt,
    ) -> Result<(Self, bool), Fault> {
        if let Some(group) = Self::find(sql, log, name)? {
            return Ok((group, false));
        }
        let seen = match start {
            StartAt::Earliest => log.removed,
            StartAt::Latest => log.last,
        };
        let mut statement = sql.prepare_cached(
            "INSERT INTO grp (topic, name, seen, done, active_at) VALUES (?1, ?2, ?3, ?3, ?4) RETURNING id",
        )?;
        let values = params![log.topic, name, seen, clock::wall()];
        let id = statement.query_row(values, |row| row.get(0))?;
        Ok((Self { id, seen }, true))
    }

    /// Passes over what nobody has read: what no consumer has, and what was not looked at.
    pub(super) fn skip(self, sql: &Connection, log: &Log) -> Result<(), Fault> {
        sql.prepare_cached("DELETE FROM lot WHERE grp = ?1 AND (member IS NULL OR member = ?2)")?
            .execute([self.id, rests::MEMBER])?;
        sql.prepare_cached("UPDATE grp SET seen = ?2 WHERE id = ?1")?.execute([self.id, log.last])?;
        Ok(())
    }

    /// The consumers of the group that are running, sorted. Those of other containers are not seen.
    pub(super) fn running(self, sql: &Connection, boot: &str) -> Result<Vec<String>, Fault> {
        let mut statement = sql.prepare_cached(
            "SELECT name, owner FROM member WHERE grp = ?1 AND owner IS NOT NULL ORDER BY name",
        )?;
        let owners = statement.query_map([self.id], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let (owners, observer) = (owners.collect::<Result<Vec<_>, _>>()?, Owner::new(boot));
        let is_running = |owner: &str| observer.living(owner).is_some();
        Ok(owners.into_iter().filter(|(_, owner)| is_running(owner)).map(|(name, _)| name).collect())
    }

    /// The consumers of the group, by their ids.
    pub(super) fn members(self, sql: &Connection) -> Result<HashMap<i64, String>, Fault> {
        let mut statement = sql.prepare_cached("SELECT id, name FROM member WHERE grp = ?1")?;
        let members = statement.query_map([self.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(members.collect::<Result<_, _>>()?)
    }

    /// Deletes the group. A trigger deletes what it has parked, also if an older program deletes it.
    pub(super) fn delete(self, sql: &Connection) -> Result<(), Fault> {
        for statement in [
            "DELETE FROM lot WHERE grp = ?1",
            "DELETE FROM recorded WHERE grp = ?1",
            "DELETE FROM member WHERE grp = ?1",
            "DELETE FROM grp WHERE id = ?1",
        ] {
            sql.prepare_cached(statement)?.execute([self.id])?;
        }
        Ok(())
    }

    pub(super) fn claims(self, sql: &Connection) -> Result<Claims, Fault> {
        Claims::load(sql, self.id, self.seen)
    }

    /// The claims of one member, to change their records.
    pub(super) fn own_claims(self, sql: &Connection, member: &Member) -> Result<Claims, Fault> {
        Claims::load_own(sql, self.id, self.seen, member.id)
    }

    /// The consumer of this name, and who consumes under it, or did last.
    pub(super) fn find_member(self, sql: &Connection, name: &str) -> Result<Option<Member>, Fault> {
        // One statement, as each read asks.
        let mut statement = sql.prepare_cached(
            "SELECT id, owner, EXISTS (
                 SELECT 1 FROM parked_owner AS parked WHERE parked.grp = ?1 AND parked.member IS NOT member.id
             )
             FROM member WHERE grp = ?1 AND name = ?2",
        )?;
        let found = statement.query_row(params![self.id, name], |row| {
            Ok(Member { id: row.get(0)?, owner: row.get(1)?, have_others_parked: row.get(2)? })
        });
        Ok(found.optional()?)
    }

    /// The consumer of this name. A new one gets this owner.
    pub(super) fn find_or_create_member(
        self,
        sql: &Connection,
        name: &str,
        owner: &Owner,
    ) -> Result<Member, Fault> {
        if let Some(found) = self.find_member(sql, name)? {
            return Ok(found);
        }
        let mut insert = sql.prepare_cached("INSERT INTO member (grp, name, owner) VALUES (?1, ?2, ?3)")?;
        insert.execute(params![self.id, name, owner.as_str()])?;
        self.find_member(sql, name)?.ok_or_else(|| Fault::damaged("the row of a consumer"))
    }

    fn info(self, sql: &Connection, log: &Log, name: String) -> Result<GroupInfo, Fault> {
        let claims = self.claims(sql)?;
        let mut statement = sql.prepare_cached("SELECT name FROM member WHERE grp = ?1 ORDER BY name")?;
        let consumers = statement.query_map([self.id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let (lag, pending) = (claims.lag(sql, log)?, claims.pending() as u64);
        let oldest = log.first_stored(sql, claims.done())?.map(clock::age);
        let info = GroupInfo::new(name, Some(lag), pending, consumers).oldest(oldest);
        Ok(info.parked(parked::count(sql, self.id)?).idle_for(abandoned::idle(sql, self.id)?))
    }
}

/// The groups of a topic, by name.
pub(super) fn all(sql: &Connection, topic: &Topic) -> Result<Vec<GroupInfo>, Fault> {
    let Some(log) = Log::find(sql, topic)? else { return Ok(Vec::new()) };
    let mut statement = sql.prepare_cached("SELECT name FROM grp WHERE topic = ?1 ORDER BY name")?;
    let names = statement.query_map([log.topic], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let mut groups = Vec::with_capacity(names.len());
    for name in names {
        if let Some(group) = GroupRow::find(sql, &log, &name)? {
            groups.push(group.info(sql, &log, name)?);
        }
    }
    Ok(groups)
}
