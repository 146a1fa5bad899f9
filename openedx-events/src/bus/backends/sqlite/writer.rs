//! Publishing: [`Writer`].

use std::sync::Arc;

use super::file::{BusFile, Connection};
use super::growth::GrowthLimit;
use super::log::Log;
use super::options::Options;
use super::retention;
use super::stop::StopDeadline;
use crate::bus::contract::error::BusError;
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

impl Producer for Writer {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        if messages.is_empty() {
            return Ok(());
        }
        let Self { connection, options } = self;
        // SQLite itself knows the limit of the file.
        let limit = GrowthLimit::of_disk(&connection.file, options, messages);
        let published = connection.write("publish", |sql| {
            // Nobody has a copy of what goes into a file that is gone.
            connection.file.files.check_now()?;
            GrowthLimit::guard(limit, sql, || {
                let mut log = Log::find_or_create(sql, topic)?;
                // First, as the room is needed.
                retention::step(sql, &mut log, options, messages.len().saturating_mul(2) + STEP)?;
                log.append(sql, messages)
            })
        });
        // Also if there was no room: abandoned groups matter most then.
        connection.check_abandoned(options.abandoned_after);
        published.map_err(|error| PublishError::new(0, error))
    }
}
