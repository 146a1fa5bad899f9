//! A spill file as a bus: what depends on the backend for files.

use std::path::Path;
use std::sync::Arc;

use crate::bus::contract::{Backend, BusError, ErrorKind};
use crate::bus::message::topic::Topic;

/// Opens the file, and creates it if it does not exist.
#[cfg(feature = "sqlite")]
pub(super) fn open(path: &Path) -> Result<Arc<dyn Backend>, BusError> {
    Ok(Arc::new(crate::bus::sqlite::Sqlite::open(path)?))
}

/// The topics that the file has, also those that only have dead letters.
#[cfg(feature = "sqlite")]
pub(super) fn topics(path: &Path) -> Result<Vec<Topic>, BusError> {
    crate::bus::sqlite::Sqlite::open(path)?.topic_names()
}

/// Whether the error says that the content of the file is damaged, rather than its place.
#[cfg(feature = "sqlite")]
pub(super) fn is_damage(error: &BusError) -> bool {
    use std::error::Error as _;

    use rusqlite::ErrorCode;

    let cause = error.source().and_then(|cause| cause.downcast_ref::<rusqlite::Error>());
    let code = cause.and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

#[cfg(not(feature = "sqlite"))]
pub(super) fn open(path: &Path) -> Result<Arc<dyn Backend>, BusError> {
    let what = format!("spilling to `{}` needs the feature `sqlite` of openedx-events", path.display());
    Err(BusError::new(ErrorKind::Configuration, what))
}

#[cfg(not(feature = "sqlite"))]
pub(super) fn topics(path: &Path) -> Result<Vec<Topic>, BusError> {
    open(path).map(|_| Vec::new())
}

#[cfg(not(feature = "sqlite"))]
pub(super) fn is_damage(_: &BusError) -> bool {
    false
}

/// The file, locked for this process; `None` if another process uses it.
pub(super) fn own(path: &Path) -> Result<Option<std::fs::File>, BusError> {
    let failed = |error: std::io::Error| {
        let what = format!("cannot spill to `{}`", path.display());
        BusError::new(ErrorKind::Configuration, what).caused_by(error)
    };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}
