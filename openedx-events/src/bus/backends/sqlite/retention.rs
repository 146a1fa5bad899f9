//! What is removed: [`Retention`].

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::clock;
use super::fault::Fault;
use super::log::Log;

/// What is removed from a topic, how large the file may become, and when groups are abandoned.
///
/// Entries are removed from the first one on, a few with each publishing and when a consumer has nothing else to do. What
/// a group has not done stays, unless [`drop_unread`](Self::drop_unread) is set. A topic without groups keeps everything:
/// nobody has done it.
///
/// It is the setting of those who open the file, not of the file: give all programs the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// How long entries stay that all groups of the topic have done. Not at all is the default.
    pub retention: Duration,
    /// Older entries are removed in spite of [`retention`](Self::retention). No limit is the default.
    pub most_age: Option<Duration>,
    /// Of a topic with more entries the first are removed in spite of [`retention`](Self::retention). No limit is the
    /// default.
    pub max_entries: Option<u64>,
    /// The limits of age and number also remove what groups have not done, and what is in topics without groups. Consumers
    /// are told [how many](crate::bus::Batch::missed) they have missed. Dead letters stay all the same.
    pub drop_unread: bool,
    /// Publishing fails when the file would become larger than this number of bytes, as it does when the disk is full:
    /// [`Busy`](crate::bus::ErrorKind::Busy). Consumers may go beyond, so that they can make room. The log beside the
    /// file (`-wal`) is not counted. No limit is the default.
    pub max_bytes: Option<u64>,
    /// Publishing fails, in the same way, when the file would become larger while fewer than this number of bytes are free
    /// on its file system. What has room inside the file, where entries were removed, is published all the same. Consumers
    /// go on, so that they can make room. The log beside the file may take some MiB of what is to stay free. 64 MiB are the
    /// default, 0 turns it off. It is looked at on Unix alone.
    pub min_free_disk: u64,
    /// When entries have waited for a group, and nobody has consumed for it, for longer than this, a warning tells how many
    /// it holds back. Whoever publishes or waits for entries looks for such groups, every ten minutes at the most. It is
    /// told once a day, by each process. `None` for never; 7 days are the default.
    pub abandoned_after: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            retention: Duration::ZERO,
            most_age: None,
            max_entries: None,
            drop_unread: false,
            max_bytes: None,
            min_free_disk: 64 * 1024 * 1024,
            abandoned_after: Some(Duration::from_secs(7 * 24 * 60 * 60)),
        }
    }
}

impl Retention {
    /// Removes at most so many entries. Whether it did.
    pub(super) fn step(&self, sql: &Connection, log: &mut Log, max: usize) -> Result<bool, Fault> {
        let end = log.gone.saturating_add(i64::try_from(max).unwrap_or(i64::MAX)).min(log.last);
        let done = sql
            .prepare_cached("SELECT min(done) FROM grp WHERE topic = ?1")?
            .query_row([log.topic], |row| row.get::<_, Option<i64>>(0))?;
        let done = done.unwrap_or(log.gone).clamp(log.gone, end);
        let last = if self.drop_unread && !log.is_of_dead_letters { end } else { done };
        if last == log.gone {
            return Ok(false);
        }
        let mut gone = older(sql, log, self.retention, done)?;
        if let Some(age) = self.most_age {
            gone = gone.max(older(sql, log, age, last)?);
        }
        if let Some(max) = self.max_entries {
            let first = log.last.saturating_sub_unsigned(max);
            gone = gone.max(first.min(last));
        }
        if gone <= log.gone {
            return Ok(false);
        }
        let mut delete = sql.prepare_cached("DELETE FROM entry WHERE id > ?1 AND id <= ?2")?;
        delete.execute([log.row(log.gone), log.row(gone)])?;
        sql.prepare_cached("UPDATE topic SET gone = ?2 WHERE id = ?1")?.execute([log.topic, gone])?;
        log.gone = gone;
        Ok(true)
    }
}

/// The number up to which all entries are older than that, `last` at most.
fn older(sql: &Connection, log: &Log, age: Duration, last: i64) -> Result<i64, Fault> {
    if age.is_zero() {
        return Ok(last);
    }
    let before = clock::wall().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let mut statement = sql.prepare_cached(
        "SELECT id FROM entry WHERE id > ?1 AND id <= ?2 AND stored_at > ?3 ORDER BY id LIMIT 1",
    )?;
    let first = statement.query_row([log.row(log.gone), log.row(last), before], |row| row.get::<_, i64>(0));
    Ok(first.optional()?.map_or(last, |row| row - log.row(0) - 1))
}
