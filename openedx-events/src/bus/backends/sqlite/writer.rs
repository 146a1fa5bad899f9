//! Publishing: [`Writer`].

use std::sync::Arc;

use rusqlite::Connection as Sql;

use super::fault::Fault;
use super::file::{BusFile, Connection};
use super::log::Log;
use super::retention::Retention;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Producer, PublishError};
use crate::bus::message::Message;
use crate::bus::message::topic::Topic;

/// Besides twice what is published, so many entries are removed at a publishing, so that a file that has more than it
/// should gets rid of it in the end.
const STEP: usize = 16;

/// A producer on a file.
pub(super) struct Writer {
    connection: Connection,
    retention: Arc<Retention>,
}

impl Writer {
    pub(super) fn new(file: &Arc<BusFile>, retention: &Arc<Retention>) -> Result<Self, BusError> {
        let connection = file.connect()?;
        if let Some(max) = retention.max_bytes {
            let sql = &connection.sql;
            let limit = sql.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)).and_then(|size| {
                let pages = max.checked_div(size.unsigned_abs()).unwrap_or(u64::MAX).clamp(1, 0xffff_fffe);
                sql.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            });
            limit.map_err(|error| file.told(error.into(), "limit the event bus"))?;
        }
        Ok(Self { connection, retention: Arc::clone(retention) })
    }
}

/// How large the file is, in this transaction.
fn pages(sql: &Sql) -> Result<i64, Fault> {
    Ok(sql.prepare_cached("PRAGMA page_count")?.query_row([], |row| row.get(0))?)
}

fn no_room(free: u64, least: u64) -> Fault {
    let what = format!(
        "the disk has {} free, of which {} stay free for consumers (`Retention::min_free_disk`): make room on the disk, let groups \
         catch up, or take those away that nobody consumes for (`openedx-events group forget`)",
        amount(free),
        amount(least)
    );
    Fault::Found(ErrorKind::Busy, what)
}

fn amount(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{bytes} bytes") } else { format!("{} MiB", bytes >> 20) }
}

impl Producer for Writer {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        if messages.is_empty() {
            return Ok(());
        }
        let Self { connection, retention } = self;
        let least = retention.min_free_disk;
        // Twice, as they go to the log beside the file first.
        let size = messages.iter().map(|message| 2 * message.size() as u64).sum();
        let shortage = connection.file.room.shortage(&connection.file.path, least, size);
        let published = connection.write("publish", |sql| {
            let before = shortage.map(|free| Ok::<_, Fault>((free, pages(sql)?))).transpose()?;
            let mut log = Log::find_or_make(sql, topic)?;
            // First, as the room is needed.
            retention.step(sql, &mut log, messages.len().saturating_mul(2) + STEP)?;
            log.append(sql, messages)?;
            match before {
                Some((free, before)) if pages(sql)? > before => Err(no_room(free, least)),
                _ => Ok(()),
            }
        });
        // Also if there was no room: then such groups matter the most.
        connection.file.lookout.look(connection, retention.abandoned_after);
        published.map_err(|error| PublishError::new(0, error))
    }
}
