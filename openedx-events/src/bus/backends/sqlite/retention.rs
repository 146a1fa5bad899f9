//! Removing entries from topics.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::clock;
use super::fault::Fault;
use super::log::Log;
use super::options::Options;

/// Removes at most `max` entries of a topic: those that the options do not keep. Returns whether it removed any.
pub(super) fn step(sql: &Connection, log: &mut Log, options: &Options, max: usize) -> Result<bool, Fault> {
    let end = log.removed.saturating_add(i64::try_from(max).unwrap_or(i64::MAX)).min(log.last);
    let done = sql
        .prepare_cached("SELECT min(done) FROM grp WHERE topic = ?1")?
        .query_row([log.topic], |row| row.get::<_, Option<i64>>(0))?;
    let done = done.unwrap_or(log.removed).clamp(log.removed, end);
    let last = if options.drop_unread && !log.is_of_dead_letters { end } else { done };
    if last == log.removed {
        return Ok(false);
    }
    let mut removed = older(sql, log, options.retention, done)?;
    if let Some(age) = options.max_age {
        removed = removed.max(older(sql, log, age, last)?);
    }
    if let Some(max) = options.max_entries {
        let first = log.last.saturating_sub_unsigned(max);
        removed = removed.max(first.min(last));
    }
    if removed <= log.removed {
        return Ok(false);
    }
    let mut delete = sql.prepare_cached("DELETE FROM entry WHERE id > ?1 AND id <= ?2")?;
    delete.execute([log.row(log.removed), log.row(removed)])?;
    sql.prepare_cached("UPDATE topic SET gone = ?2 WHERE id = ?1")?.execute([log.topic, removed])?;
    log.removed = removed;
    Ok(true)
}

/// The number up to which all entries are older than this age, `last` at most.
fn older(sql: &Connection, log: &Log, age: Duration, last: i64) -> Result<i64, Fault> {
    if age.is_zero() {
        return Ok(last);
    }
    let before = clock::wall().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let mut statement = sql.prepare_cached(
        "SELECT id FROM entry WHERE id > ?1 AND id <= ?2 AND stored_at > ?3 ORDER BY id LIMIT 1",
    )?;
    let first =
        statement.query_row([log.row(log.removed), log.row(last), before], |row| row.get::<_, i64>(0));
    Ok(first.optional()?.map_or(last, |row| row - log.row(0) - 1))
}
