//! Topics and groups, as operators see them.

use std::time::UNIX_EPOCH;

use super::clock;
use super::disk_space;
use super::fault::Fault;
use super::group::GroupRow;
use super::log::Log;
use super::{Sqlite, log};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Admin, Delivery, EntryId, Finding, PendingEntry, Position, Seek, TopicInfo};
use crate::bus::message::topic::Topic;

impl Admin for Sqlite {
    fn topics(&self) -> Result<Vec<TopicInfo>, BusError> {
        self.look("list topics", |sql| {
            let infos = log::topics(sql)?.into_iter().map(|topic| {
                let dead_letters = Log::find(sql, &topic.dead_letters())?;
                let dead_letters = dead_letters.map_or(Ok(0), |log| log.len(sql))?;
                let Some(log) = Log::find(sql, &topic)? else {
                    return Ok(TopicInfo::new(topic, 0).dead_letters(Some(dead_letters)));
                };
                let (oldest, newest) = (log.first_stored(sql, log.removed)?, log.last_stored(sql)?);
                Ok(TopicInfo::new(topic, log.len(sql)?)
                    .stored(oldest.map(clock::time), newest.map(clock::time))
                    .dead_letters(Some(dead_letters)))
            });
            infos.collect()
        })
    }

    fn position(&self, topic: &Topic, position: &Position) -> Result<Option<EntryId>, BusError> {
        let before = match position {
            Position::First => 0,
            Position::At(entry) => log::number(entry)?.saturating_sub(1),
            Position::End => self.look("find the end of a topic", |sql| {
                Ok(Log::find(sql, topic)?.map_or(0, |log| log.last))
            })?,
            Position::Time(time) => {
                let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
                // The first whole millisecond that is not earlier.
                let millis = i64::try_from(since.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX);
                self.look("find a time", |sql| {
                    Log::find(sql, topic)?.map_or(Ok(0), |log| log.before(sql, millis))
                })?
            }
        };
        Ok(Some(before).filter(|before| *before > 0).map(log::id))
    }

    fn count(&self, topic: &Topic, after: Option<&EntryId>) -> Result<u64, BusError> {
        let after = after.map(log::number).transpose()?.unwrap_or_default();
        self.look("count entries", |sql| Log::find(sql, topic)?.map_or(Ok(0), |log| log.count(sql, after)))
    }

    fn entries(&self, topic: &Topic, ids: &[EntryId]) -> Result<Vec<Option<Delivery>>, BusError> {
        let numbers = ids.iter().map(log::number).collect::<Result<Vec<_>, _>>()?;
        self.look("read entries", |sql| {
            let Some(log) = Log::find(sql, topic)? else { return Ok(vec![None; numbers.len()]) };
            let entry = |number: &i64| {
                Ok(log.entry(sql, *number)?.map(|message| Delivery::new(log::id(*number), message)))
            };
            numbers.iter().map(entry).collect()
        })
    }

    fn pending(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<PendingEntry>, BusError> {
        let after = after.map(log::number).transpose()?.unwrap_or_default();
        let (now, boot) = (self.file.clock.now(), self.file.boot);
        self.look("list pending entries", |sql| {
            let Some((group, _)) = find(sql, topic, group)? else { return Ok(Vec::new()) };
            let members = group.members(sql)?;
            let listed = group.claims(sql)?.list().into_iter().filter(|(record, _)| record.number > after);
            let pending = listed.take(max).map(|(record, member)| {
                let consumer = members.get(&member).cloned().unwrap_or_default();
                let is_known = record.boot == boot && !record.is_released;
                let idle = std::time::Duration::from_millis((now - record.heartbeat).max(0).unsigned_abs());
                PendingEntry::new(log::id(record.number), consumer).idle_for(is_known.then_some(idle))
            });
            Ok(pending.collect())
        })
    }

    fn seek(&self, topic: &Topic, group: &str, after: Option<&EntryId>) -> Result<Seek, BusError> {
        let after = after.map(log::number).transpose()?.unwrap_or_default();
        let moved = self.write("move a group", |sql| {
            let Some((group, log)) = find(sql, topic, group)? else { return Ok(Seek::NoGroup) };
            let running = group.running(sql, &self.file.clock.boot)?;
            if !running.is_empty() {
                return Ok(Seek::InUse(running));
            }
            let mut claims = group.claims(sql)?;
            claims.seek(after.clamp(log.removed, log.last));
            claims.save(sql)?;
            Ok(Seek::Moved)
        })?;
        self.file.notify();
        Ok(moved)
    }

    fn remove(&self, topic: &Topic, entries: &[EntryId]) -> Result<u64, BusError> {
        let numbers = log::numbers(entries)?;
        self.write("remove entries", |sql| {
            let Some(mut log) = Log::find(sql, topic)? else { return Ok(0) };
            log.remove(sql, &numbers)
        })
    }

    fn inspect(&self, _: &[Topic]) -> Result<Vec<Finding>, BusError> {
        let sizes = self.look("inspect", |sql| {
            let number = |pragma: &str| sql.query_row(pragma, [], |row| row.get::<_, i64>(0));
            Ok((number("PRAGMA page_count")?, number("PRAGMA freelist_count")?, number("PRAGMA page_size")?))
        })?;
        let (pages, unused, size) = sizes;
        let mib = |pages: i64| pages.saturating_mul(size) >> 20;
        let mut findings = vec![
            Finding::ok("server", format!("SQLite {} in {}", rusqlite::version(), self.path().display())),
            Finding::ok("durability", "each write is on the disk before it is confirmed"),
            Finding::ok("size", format!("{} MiB, of which {} MiB are unused", mib(pages), mib(unused))),
        ];
        if let Some(free) = disk_space::free(self.path()) {
            let (free, min) = (free >> 20, self.options.min_free_disk >> 20);
            let detail = format!("{free} MiB free");
            findings.push(if free <= min {
                let remedy =
                    "make room on the disk, let groups catch up, or delete groups that nobody consumes for";
                Finding::bad("disk", format!("{detail}; below {min} MiB nothing can be published"), remedy)
            } else if free < 4 * min {
                Finding::warn(
                    "disk",
                    format!("{detail}; below {min} MiB nothing can be published"),
                    "make room on the disk",
                )
            } else {
                Finding::ok("disk", detail)
            });
        }
        Ok(findings)
    }
}

/// A group and its topic, if both exist.
fn find(sql: &rusqlite::Connection, topic: &Topic, group: &str) -> Result<Option<(GroupRow, Log)>, Fault> {
    let Some(log) = Log::find(sql, topic)? else { return Ok(None) };
    Ok(GroupRow::find(sql, &log, group)?.map(|group| (group, log)))
}
