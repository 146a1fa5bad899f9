//! Publishing: [`Writer`].

use std::sync::Arc;

use super::file::{BusFile, Connection};
use super::log::Log;
use super::retention::Retention;
use crate::bus::backend::{Producer, PublishError};
use crate::bus::error::BusError;
use crate::bus::message::Message;
use crate::bus::topic::Topic;

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
        if let Some(most) = retention.most_bytes {
            let sql = &connection.sql;
            let limit = sql.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)).and_then(|size| {
                let pages = most.checked_div(size.unsigned_abs()).unwrap_or(u64::MAX).clamp(1, 0xffff_fffe);
                sql.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            });
            limit.map_err(|error| file.told(error.into(), "limit the event bus"))?;
        }
        Ok(Self { connection, retention: Arc::clone(retention) })
    }
}

impl Producer for Writer {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        if messages.is_empty() {
            return Ok(());
        }
        let published = self.connection.write("publish", |sql| {
            let mut log = Log::find_or_make(sql, topic)?;
            // First, as the room is needed.
            self.retention.step(sql, &mut log, messages.len().saturating_mul(2) + STEP)?;
            log.append(sql, messages)
        });
        published.map_err(|error| PublishError::new(0, error))
    }
}
