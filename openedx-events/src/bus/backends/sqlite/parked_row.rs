//! The rows of a parked event: [`EventRow`], and what it waits for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, Row, params};

use super::fault::Fault;
use crate::bus::contract::{ParkedEvent, ParkedId, Waiting};

/// The row of an event, without its message.
pub(super) struct EventRow {
    pub(super) id: i64,
    pub(super) owner: i64,
    /// The hash of its key; 0 for none.
    pub(super) key: u64,
    size: u64,
    pub(super) starts: u32,
}

impl EventRow {
    pub(super) const COLUMNS: &str = "id, owner, key, size, starts";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (key, size): (i64, i64) = (row.get(2)?, row.get(3)?);
        Ok(Self {
            id: row.get(0)?,
            owner: row.get(1)?,
            key: key.cast_unsigned(),
            size: size.unsigned_abs(),
            starts: row.get(4)?,
        })
    }

    /// The event with what it waits for.
    pub(super) fn event(&self, sql: &Connection) -> Result<ParkedEvent, Fault> {
        let key = Some(self.key).filter(|key| *key != 0);
        let id = ParkedId::new(self.id.unsigned_abs());
        Ok(ParkedEvent::new(id, key, self.size, waiting(sql, self.id)?).started(self.starts))
    }
}

/// Adds what an event waits for.
pub(super) fn wait_for(sql: &Connection, id: i64, waiting: &[Waiting]) -> Result<(), Fault> {
    let mut insert = sql.prepare_cached(
        "INSERT INTO parked_receiver (parked, place, path, runs, since) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (place, Waiting { receiver, runs, since }) in (0_i64..).zip(waiting) {
        insert.execute(params![id, place, receiver, runs, millis(*since)])?;
    }
    Ok(())
}

/// Replaces what an event waits for.
pub(super) fn replace_waiting(sql: &Connection, id: i64, waiting: &[Waiting]) -> Result<(), Fault> {
    sql.prepare_cached("DELETE FROM parked_receiver WHERE parked = ?1")?.execute([id])?;
    wait_for(sql, id, waiting)
}

/// What an event waits for.
pub(super) fn waiting(sql: &Connection, id: i64) -> Result<Vec<Waiting>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT path, runs, since FROM parked_receiver WHERE parked = ?1 ORDER BY place")?;
    let waiting =
        |row: &Row<'_>| Ok(Waiting::new(row.get::<_, String>(0)?, time(row.get(2)?)).after(row.get(1)?));
    Ok(statement.query_map([id], waiting)?.collect::<Result<_, _>>()?)
}

/// The number of a row; `None` if no row can have it.
pub(super) fn number(id: ParkedId) -> Option<i64> {
    i64::try_from(id.number()).ok()
}

/// Milliseconds since 1970; before that they are negative.
fn millis(time: SystemTime) -> i64 {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    time.duration_since(UNIX_EPOCH).map_or_else(|before| -millis(before.duration()), millis)
}

/// The time of these milliseconds; 1970 if the system cannot express it.
fn time(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    let time = if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_were_written() {
        for stored in [0, 1, -1, 1_767_225_600_123, -1_767_225_600_123] {
            assert_eq!(millis(time(stored)), stored);
        }
        // Nothing that stands in a damaged file panics.
        for stored in [i64::MIN, i64::MAX] {
            time(stored);
        }
    }
}
