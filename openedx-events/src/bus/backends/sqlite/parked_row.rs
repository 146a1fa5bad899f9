//! The row of a parked event: [`EventRow`].

use rusqlite::Row;

use super::fault::Fault;
use crate::bus::backends::waiting_text;
use crate::bus::contract::{ParkedEvent, ParkedId, Waiting};

/// An event without its message.
pub(super) struct EventRow {
    pub(super) id: i64,
    /// The hash of its key; 0 for none.
    pub(super) key: u64,
    size: u64,
    pub(super) starts: u32,
    waiting: String,
}

impl EventRow {
    pub(super) const COLUMNS: &str = "id, key, size, starts, waiting";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (key, size): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(Self {
            id: row.get(0)?,
            key: key.cast_unsigned(),
            size: size.unsigned_abs(),
            starts: row.get(3)?,
            waiting: row.get(4)?,
        })
    }

    /// The event with what it waits for.
    pub(super) fn event(&self) -> Result<ParkedEvent, Fault> {
        let key = Some(self.key).filter(|key| *key != 0);
        let id = ParkedId::new(self.id.unsigned_abs());
        Ok(ParkedEvent::new(id, key, self.size, waiting(&self.waiting)?).started(self.starts))
    }
}

/// What an event waits for, as its row has it.
pub(super) fn waiting(text: &str) -> Result<Vec<Waiting>, Fault> {
    waiting_text::read(text).ok_or_else(|| Fault::damaged("what a parked event waits for"))
}

/// The number of a row; `None` if no row can have it.
pub(super) fn number(id: ParkedId) -> Option<i64> {
    i64::try_from(id.number()).ok()
}
