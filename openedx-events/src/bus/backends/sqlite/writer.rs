//! Publishing: [`Writer`].

use std::sync::Arc;

use rusqlite::Connection as Sql;

use super::fault::Fault;
use super::file::{BusFile, Connection};
use super::log::Log;
use super::options::Options;
use super::retention;
use super::stop::StopDeadline;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Producer, PublishError};
use crate::bus::message::Message;
use crate::bus::message::topic::Topic;

/// With each publish, this number of entries is removed besides twice the number of those published, so that a file that has
/// too many gets rid of them in the end.
const STEP: usize = 16;

/// A producer on a file.
pub(super) struct Writer {
    connection: Connection,
    options: Arc<Options>,
}

impl Writer {
    pub(super) fn new(file: &Arc<BusFile>, options: &Arc<Options>) -> Result<Self, BusError> {
        let connection = file.connect(&StopDeadline::default())?;
        if let Some(max) = options.max_bytes {
            let sql = &connection.sql;
            let limit = sql.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)).and_then(|size| {
                let pages = max.checked_div(size.unsigned_abs()).unwrap_or(u64::MAX).clamp(1, 0xffff_fffe);
                sql.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            });
            limit.map_err(|error| file.error(error.into(), "limit the event bus"))?;
        }
        Ok(Self { connection, options: Arc::clone(options) })
    }
}

/// The size of the file in pages, in this transaction.
fn pages(sql: &Sql) -> Result<i64, Fault> {
    Ok(sql.prepare_cached("PRAGMA page_count")?.query_row([], |row| row.get(0))?)
}

fn disk_full(free: u64, min: u64) -> Fault {
    let what = format!(
        "the disk has {} free, and {} must stay free for consumers (`sqlite::Options::min_free_disk`): make room on the disk, \
         let groups catch up, or delete those that nobody consumes for (`openedx-events group forget`)",
        amount(free),
        amount(min)
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
        let Self { connection, options } = self;
        let min = options.min_free_disk;
        // Twice, as they go to the log beside the file first.
        let size = messages.iter().map(|message| 2 * message.size() as u64).sum();
        let shortage = connection.file.disk_space.shortage(&connection.file.path, min, size);
        let published = connection.write("publish", |sql| {
            // Nobody has a copy of what goes into a file that is gone.
            connection.file.files.check_now()?;
            let before = shortage.map(|free| Ok::<_, Fault>((free, pages(sql)?))).transpose()?;
            let mut log = Log::find_or_create(sql, topic)?;
            // First, as the room is needed.
            retention::step(sql, &mut log, options, messages.len().saturating_mul(2) + STEP)?;
            log.append(sql, messages)?;
            match before {
                Some((free, before)) if pages(sql)? > before => Err(disk_full(free, min)),
                _ => Ok(()),
            }
        });
        // Also if there was no room: abandoned groups matter most then.
        connection.check_abandoned(options.abandoned_after);
        published.map_err(|error| PublishError::new(0, error))
    }
}
