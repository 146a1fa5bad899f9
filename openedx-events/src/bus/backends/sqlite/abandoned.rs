//! Groups that nobody consumes for any more: [`AbandonedGroups`].

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::{Connection as Sql, OptionalExtension as _, params};

use super::clock;
use super::fault::Fault;
use super::log::NUMBER_BITS;
use crate::bus::contract::error::BusError;
use crate::log_later;

/// How often to look for such groups, at most.
const CHECK_INTERVAL: Duration = Duration::from_secs(10 * 60);
/// How often to warn of a group.
const WARN_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Warns of groups whose entries pile up. It looks at all topics of the file, as some of them may not be published to any
/// more; and not often, as it takes time for a group to be abandoned.
#[derive(Debug, Default)]
pub(super) struct AbandonedGroups(Mutex<Checked>);

#[derive(Debug, Default)]
struct Checked {
    at: Option<Instant>,
    /// When groups were warned of, by their rows.
    warned: HashMap<i64, Instant>,
}

/// An abandoned group.
pub(super) struct Abandoned {
    group: i64,
    topic: String,
    name: String,
    entries: u64,
    idle: Duration,
}

impl AbandonedGroups {
    /// Checks the file of this path, if it is time to, and warns of groups that have been idle for longer than `limit`, which
    /// `find` [finds](find) in it.
    pub(super) fn check(
        &self,
        path: &Path,
        limit: Option<Duration>,
        find: impl FnOnce(Duration) -> Result<Vec<Abandoned>, BusError>,
    ) {
        let Some(limit) = limit else { return };
        let _behind = log_later::behind();
        let mut checked = match self.0.try_lock() {
            Ok(checked) => checked,
            Err(TryLockError::Poisoned(error)) => PoisonError::into_inner(error),
            // Another thread is checking.
            Err(TryLockError::WouldBlock) => return,
        };
        if checked.at.is_some_and(|at| at.elapsed() < CHECK_INTERVAL.min(limit)) {
            return;
        }
        checked.at = Some(Instant::now());
        let abandoned = match find(limit) {
            Ok(abandoned) => abandoned,
            Err(error) => {
                // What is wrong with the file is reported to those who need it.
                log_later::log(move || tracing::debug!(%error, "cannot check for abandoned groups"));
                return;
            }
        };
        // A group that was consumed for again is warned of at once when it is abandoned again.
        checked.warned.retain(|group, at| {
            at.elapsed() < WARN_INTERVAL && abandoned.iter().any(|abandoned| abandoned.group == *group)
        });
        for Abandoned { group, topic, name, entries, idle } in abandoned {
            checked.warned.entry(group).or_insert_with(|| {
                let path = path.to_path_buf();
                log_later::log(move || tracing::warn!(
                    path = %path.display(),
                    topic,
                    group = name,
                    entries,
                    ?idle,
                    "the group is abandoned: nobody consumes for it, and the file keeps all its entries; start a consumer, or delete \
                     the group with `openedx-events group forget`"
                ));
                Instant::now()
            });
        }
    }
}

/// The groups that have been idle for longer than `limit`.
pub(super) fn find(sql: &Sql, limit: Duration) -> Result<Vec<Abandoned>, Fault> {
    let limit_before = clock::wall().saturating_sub(millis(limit));
    // Candidates, of which there are few.
    let mut statement = sql.prepare_cached(
        "SELECT grp.id, topic.name, grp.name, topic.last - max(grp.done, topic.gone)
         FROM grp JOIN topic ON topic.id = grp.topic
         WHERE max(grp.done, topic.gone) < topic.last AND grp.active_at < ?1",
    )?;
    let mut rows = statement.query([limit_before])?;
    let mut abandoned = Vec::new();
    while let Some(row) = rows.next()? {
        let (group, entries): (i64, i64) = (row.get(0)?, row.get(3)?);
        if let Some(idle) = idle(sql, group)?.filter(|idle| *idle > limit) {
            let (topic, name) = (row.get(1)?, row.get(2)?);
            abandoned.push(Abandoned { group, topic, name, entries: entries.unsigned_abs(), idle });
        }
    }
    Ok(abandoned)
}

/// How long entries have waited for a group while nobody has consumed for it. `None` if none waits.
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
