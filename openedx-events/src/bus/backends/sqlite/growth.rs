//! Whether a transaction may enlarge the file: [`GrowthLimit`].

use rusqlite::Connection;

use super::fault::Fault;
use super::file::BusFile;
use super::options::Options;
use crate::bus::contract::error::ErrorKind;
use crate::bus::message::Message;

/// A limit to the growth of the file. What was removed leaves room in it, so that a transaction may write all the same.
#[derive(Clone, Copy, Debug)]
pub(super) enum GrowthLimit {
    /// The disk has less space than [is to stay free](Options::min_free_disk): the file must not grow at all.
    Disk { free: u64, min: u64 },
    /// The file has a [maximum size](Options::max_bytes).
    File { max: u64 },
}

impl GrowthLimit {
    /// The limit of the disk, if these messages reach it.
    pub(super) fn of_disk<'m>(
        file: &BusFile,
        options: &Options,
        messages: impl IntoIterator<Item = &'m Message>,
    ) -> Option<Self> {
        let min = options.min_free_disk;
        // Twice, as they go to the log beside the file first.
        let size = messages.into_iter().map(|message| 2 * message.size() as u64).sum();
        file.disk_space.shortage(&file.path, min, size).map(|free| Self::Disk { free, min })
    }

    /// The limit of the file, for connections that SQLite does not limit.
    pub(super) fn of_file(options: &Options) -> Option<Self> {
        options.max_bytes.map(|max| Self::File { max })
    }

    /// Acts in a transaction, and fails if the file has grown more by that than it may.
    pub(super) fn guard<T>(
        limit: Option<Self>,
        sql: &Connection,
        act: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Some(limit) = limit else { return act() };
        let before = number(sql, "PRAGMA page_count")?;
        let value = act()?;
        let after = number(sql, "PRAGMA page_count")?;
        if after > before && limit.is_exceeded(sql, after)? { Err(limit.fault()) } else { Ok(value) }
    }

    fn is_exceeded(self, sql: &Connection, pages: u64) -> Result<bool, Fault> {
        match self {
            Self::Disk { .. } => Ok(true),
            Self::File { max } => Ok(pages.saturating_mul(number(sql, "PRAGMA page_size")?) > max),
        }
    }

    fn fault(self) -> Fault {
        let (what, remedy) = match self {
            Self::Disk { free, min } => {
                let (free, min) = (amount(free), amount(min));
                let what = format!(
                    "the disk has {free} free, and {min} must stay free for consumers (`sqlite::Options::min_free_disk`)"
                );
                (what, "make room on the disk, ")
            }
            Self::File { max } => {
                let what = format!(
                    "the file would become larger than {} (`sqlite::Options::max_bytes`)",
                    amount(max)
                );
                (what, "")
            }
        };
        let what = format!(
            "{what}: {remedy}let groups catch up, or delete those that nobody consumes for (`openedx-events group forget`)"
        );
        Fault::Found(ErrorKind::Busy, what)
    }
}

/// A number that does not change in this transaction but by its own writes.
fn number(sql: &Connection, pragma: &str) -> Result<u64, Fault> {
    Ok(sql.prepare_cached(pragma)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

fn amount(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{bytes} bytes") } else { format!("{} MiB", bytes >> 20) }
}
