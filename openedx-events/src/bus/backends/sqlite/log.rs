//! The entries of a topic: [`Log`].

use std::collections::BTreeSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};

use super::clock;
use super::fault::Fault;
use super::row;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Delivery, EntryId};
use crate::bus::message::Message;
use crate::bus::message::topic::Topic;

/// The row of an entry is named by its topic and its number in it.
pub(super) const NUMBER_BITS: u32 = 40;
/// Maximum number of entries that a topic can have in its life.
pub(super) const MAX_ENTRIES: i64 = (1 << NUMBER_BITS) - 1;
const MAX_TOPICS: i64 = (1 << 22) - 1;

/// A topic with its entries.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) topic: i64,
    /// All up to this number are removed.
    pub(super) removed: i64,
    /// The number of the last entry.
    pub(super) last: i64,
    /// Its entries are dead letters.
    pub(super) is_of_dead_letters: bool,
}

impl Log {
    pub(super) fn find(sql: &Connection, topic: &Topic) -> Result<Option<Self>, Fault> {
        let mut statement = sql.prepare_cached("SELECT id, gone, last FROM topic WHERE name = ?1")?;
        let found = statement.query_row([topic.as_str()], |row| {
            let (id, removed, last) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Self { topic: id, removed, last, is_of_dead_letters: is_of_dead_letters(topic) })
        });
        let Some(log) = found.optional()? else { return Ok(None) };
        let is_sound = (1..=MAX_TOPICS).contains(&log.topic)
            && (0..=log.last).contains(&log.removed)
            && log.last <= MAX_ENTRIES;
        if is_sound { Ok(Some(log)) } else { Err(Fault::damaged("the row of a topic")) }
    }

    pub(super) fn find_or_create(sql: &Connection, topic: &Topic) -> Result<Self, Fault> {
        if let Some(log) = Self::find(sql, topic)? {
            return Ok(log);
        }
        let mut statement =
            sql.prepare_cached("INSERT INTO topic (name, gone, last) VALUES (?1, 0, 0) RETURNING id")?;
        let id = statement.query_row([topic.as_str()], |row| row.get(0))?;
        if id > MAX_TOPICS {
            return Err(Fault::Found(ErrorKind::Refused, "there are too many topics".to_owned()));
        }
        Ok(Self { topic: id, removed: 0, last: 0, is_of_dead_letters: is_of_dead_letters(topic) })
    }

    /// The number of entries in it.
    pub(super) fn len(&self, sql: &Connection) -> Result<u64, Fault> {
        self.count(sql, self.removed)
    }

    /// The number of entries behind a number.
    pub(super) fn count(&self, sql: &Connection, after: i64) -> Result<u64, Fault> {
        let after = after.clamp(self.removed, self.last);
        let mut statement = sql.prepare_cached("SELECT count(*) FROM hole WHERE id > ?1 AND id <= ?2")?;
        let holes =
            statement.query_row([self.row(after), self.row(self.last)], |row| row.get::<_, i64>(0))?;
        Ok(self.last.abs_diff(after).saturating_sub(holes.unsigned_abs()))
    }

    /// When the first entry behind a number was stored.
    pub(super) fn first_stored(&self, sql: &Connection, after: i64) -> Result<Option<i64>, Fault> {
        self.stored(sql, after, "SELECT stored_at FROM entry WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1")
    }

    /// When the last entry was stored.
    pub(super) fn last_stored(&self, sql: &Connection) -> Result<Option<i64>, Fault> {
        let last = "SELECT stored_at FROM entry WHERE id > ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1";
        self.stored(sql, self.removed, last)
    }

    fn stored(&self, sql: &Connection, after: i64, select: &str) -> Result<Option<i64>, Fault> {
        let mut statement = sql.prepare_cached(select)?;
        let after = after.clamp(0, MAX_ENTRIES);
        Ok(statement.query_row([self.row(after), self.row(self.last)], |row| row.get(0)).optional()?)
    }

    /// The number of the entry before those that were stored at this time or later.
    pub(super) fn before(&self, sql: &Connection, stored_at: i64) -> Result<i64, Fault> {
        let mut statement = sql.prepare_cached(
            "SELECT id FROM entry WHERE id > ?1 AND id <= ?2 AND stored_at >= ?3 ORDER BY id LIMIT 1",
        )?;
        let range = [self.row(self.removed), self.row(self.last), stored_at];
        let first = statement.query_row(range, |row| row.get::<_, i64>(0)).optional()?;
        Ok(first.map_or(self.last, |row| (row & MAX_ENTRIES) - 1))
    }

    /// Removes entries. Returns how many of them existed.
    pub(super) fn remove(&mut self, sql: &Connection, numbers: &[i64]) -> Result<u64, Fault> {
        let mut removed = 0;
        for number in numbers {
            let row = [self.row(*number)];
            if sql.prepare_cached("DELETE FROM entry WHERE id = ?1")?.execute(row)? > 0 {
                sql.prepare_cached("INSERT INTO hole (id) VALUES (?1)")?.execute(row)?;
                removed += 1;
            }
        }
        // What is removed at the beginning leaves no holes.
        let mut statement =
            sql.prepare_cached("SELECT id FROM entry WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1")?;
        let range = [self.row(self.removed), self.row(self.last)];
        let first = statement.query_row(range, |row| row.get::<_, i64>(0)).optional()?;
        let gone = first.map_or(self.last, |row| (row & MAX_ENTRIES) - 1);
        if gone > self.removed {
            sql.prepare_cached("UPDATE topic SET gone = ?2 WHERE id = ?1")?.execute([self.topic, gone])?;
            self.removed = gone;
        }
        Ok(removed)
    }

    /// The row of an entry.
    pub(super) fn row(&self, number: i64) -> i64 {
        self.topic << NUMBER_BITS | number
    }

    pub(super) fn append(&mut self, sql: &Connection, messages: &[Message]) -> Result<(), Fault> {
        let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
        if count > MAX_ENTRIES - self.last {
            let what = "the topic has reached the maximum number of entries: use another name";
            return Err(Fault::Found(ErrorKind::Refused, what.to_owned()));
        }
        let mut insert = sql
            .prepare_cached("INSERT INTO entry (id, stored_at, headers, payload) VALUES (?1, ?2, ?3, ?4)")?;
        let (now, mut headers) = (clock::wall(), Vec::new());
        for message in messages {
            self.last += 1;
            row::write_headers(&message.headers, &mut headers);
            insert.execute(params![self.row(self.last), now, headers, message.payload])?;
        }
        sql.prepare_cached("UPDATE topic SET last = ?2 WHERE id = ?1")?.execute([self.topic, self.last])?;
        Ok(())
    }

    /// An entry; `None` if it is removed.
    pub(super) fn entry(&self, sql: &Connection, number: i64) -> Result<Option<Message>, Fault> {
        let mut statement = sql.prepare_cached("SELECT headers, payload FROM entry WHERE id = ?1")?;
        let message =
            statement.query_row([self.row(number)], |row| Ok(row::message(row.get_ref(0)?, row.get_ref(1)?)));
        Ok(message.optional()?)
    }

    /// Calls `take` with the entries behind a number until it returns `false`.
    pub(super) fn each(
        &self,
        sql: &Connection,
        after: i64,
        mut take: impl FnMut(i64, Message) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let mut statement = sql.prepare_cached(
            "SELECT id, headers, payload FROM entry WHERE id > ?1 AND id <= ?2 ORDER BY id",
        )?;
        let mut rows = statement.query([self.row(after.clamp(0, MAX_ENTRIES)), self.row(self.last)])?;
        while let Some(row) = rows.next()? {
            let number = row.get::<_, i64>(0)? & MAX_ENTRIES;
            if !take(number, row::message(row.get_ref(1)?, row.get_ref(2)?))? {
                break;
            }
        }
        Ok(())
    }

    /// Calls `take` with the numbers and the [keys](row::key) of the entries from `first` to `last` until it returns `false`.
    pub(super) fn keys(
        &self,
        sql: &Connection,
        first: i64,
        last: i64,
        mut take: impl FnMut(i64, u64) -> bool,
    ) -> Result<(), Fault> {
        let mut statement =
            sql.prepare_cached("SELECT id, headers FROM entry WHERE id >= ?1 AND id <= ?2 ORDER BY id")?;
        let mut rows = statement.query([self.row(first), self.row(last)])?;
        while let Some(row) = rows.next()? {
            let number = row.get::<_, i64>(0)? & MAX_ENTRIES;
            if !take(number, row::key(&row::message(row.get_ref(1)?, ValueRef::Null))) {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn browse(&self, sql: &Connection, after: i64, max: usize) -> Result<Vec<Delivery>, Fault> {
        let mut found = Vec::new();
        if max > 0 {
            self.each(sql, after, |number, message| {
                found.push(Delivery::new(id(number), message));
                Ok(found.len() < max)
            })?;
        }
        Ok(found)
    }
}

/// The topics in the file, sorted, with those that only have dead letters.
pub(super) fn topics(sql: &Connection) -> Result<Vec<Topic>, Fault> {
    let mut statement = sql.prepare_cached("SELECT name FROM topic ORDER BY name")?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let topics: BTreeSet<_> = names.iter().filter_map(|name| Topic::of_stored(name)).collect();
    Ok(topics.into_iter().collect())
}

/// No other name has a brace.
fn is_of_dead_letters(topic: &Topic) -> bool {
    topic.as_str().starts_with('{')
}

pub(super) fn id(number: i64) -> EntryId {
    EntryId::new(number.to_string())
}

/// Ids are numbers from 1 on.
pub(super) fn number(entry: &EntryId) -> Result<i64, BusError> {
    let number = entry.as_str().parse().ok().filter(|number| (1..=MAX_ENTRIES).contains(number));
    number.ok_or_else(|| {
        BusError::new(ErrorKind::Configuration, format!("`{entry}` is not an entry of a topic in a file"))
    })
}

/// The numbers, in order.
pub(super) fn numbers(entries: &[EntryId]) -> Result<Vec<i64>, BusError> {
    let mut numbers = entries.iter().map(number).collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    Ok(numbers)
}
