//! Groups that nobody consumes for any more: [`Lookout`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::{Connection as Sql, OptionalExtension as _, params};

use super::clock;
use super::fault::Fault;
use super::file::Connection;
use super::log::NUMBER_BITS;

/// How often it is looked for such groups, at the most.
const LOOK: Duration = Duration::from_secs(10 * 60);
/// A group is told of again after so long.
const AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Warns of groups whose entries pile up. It looks at all topics of the file, as nobody may publish to some of them any
/// more; and not often, as it takes time for a group to be abandoned.
#[derive(Debug, Default)]
pub(super) struct Lookout(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    at: Option<Instant>,
    /// When groups were told of, by their rows.
    told: HashMap<i64, Instant>,
}

/// A group for which entries wait.
struct Waiting {
    group: i64,
    topic: String,
    name: String,
    entries: u64,
    idle: Duration,
}

impl Lookout {
    /// Looks, if it is time to, and warns of groups for which nobody has done anything for longer than that.
    pub(super) fn look(&self, connection: &Connection, limit: Option<Duration>) {
        let Some(limit) = limit else { return };
        let mut seen = match self.0.try_lock() {
            Ok(seen) => seen,
            Err(TryLockError::Poisoned(error)) => PoisonError::into_inner(error),
            // Somebody looks.
            Err(TryLockError::WouldBlock) => return,
        };
        if seen.at.is_some_and(|at| at.elapsed() < LOOK.min(limit)) {
            return;
        }
        seen.at = Some(Instant::now());
        let waiting = match connection.look("look for abandoned groups", |sql| waiting(sql, limit)) {
            Ok(waiting) => waiting,
            Err(error) => {
                // Whoever needs the file is told of what is the matter with it.
                tracing::debug!(%error, "cannot see whether groups are abandoned");
                return;
            }
        };
        // One that is consumed for again is told of at once when it is left again.
        seen.told.retain(|group, at| {
            at.elapsed() < AGAIN && waiting.iter().any(|waiting| waiting.group == *group)
        });
        for Waiting { group, topic, name, entries, idle } in waiting {
            seen.told.entry(group).or_insert_with(|| {
                tracing::warn!(
                    path = %connection.file.path.display(),
                    topic,
                    group = name,
                    entries,
                    ?idle,
                    "nobody consumes for a group, and so the file keeps all that waits for it: start a consumer, or take the \
                     group away with `openedx-events group forget`"
                );
                Instant::now()
            });
        }
    }
}

/// The groups that have been idle for longer than that.
fn waiting(sql: &Sql, limit: Duration) -> Result<Vec<Waiting>, Fault> {
    let limit_before = clock::wall().saturating_sub(millis(limit));
    // Those that may be meant, of which there are few.
    let mut statement = sql.prepare_cached(
        "SELECT grp.id, topic.name, grp.name, topic.last - max(grp.done, topic.gone)
         FROM grp JOIN topic ON topic.id = grp.topic
         WHERE max(grp.done, topic.gone) < topic.last AND grp.active_at < ?1",
    )?;
    let mut rows = statement.query([limit_before])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        let (group, entries): (i64, i64) = (row.get(0)?, row.get(3)?);
        if let Some(idle) = idle(sql, group)?.filter(|idle| *idle > limit) {
            let (topic, name) = (row.get(1)?, row.get(2)?);
            waiting.push(Waiting { group, topic, name, entries: entries.unsigned_abs(), idle });
        }
    }
    Ok(waiting)
}

/// For how long entries have waited for a group while nobody has done anything for it. `None` if none waits.
pub(super) fn idle(sql: &Sql, group: i64) -> Result<Option<Duration>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT max(grp.active_at, (
             SELECT stored_at FROM entry
             WHERE id > ((topic.id << ?2) | grp.done) AND id <= ((topic.id << ?2) | topic.last)
             ORDER BY id LIMIT 1
         ))
         FROM grp JOIN topic ON topic.id = grp.topic WHERE grp.id = ?1",
    )?;
    let since = statement.query_row(params![group, NUMBER_BITS], |row| row.get::<_, Option<i64>>(0));
    let idle = |since| u64::try_from(clock::wall().saturating_sub(since)).unwrap_or_default();
    Ok(since.optional()?.flatten().map(|since| Duration::from_millis(idle(since))))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
