//! Failures below the contract: [`Fault`].

use std::io;
use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use crate::bus::contract::error::{BusError, ErrorKind};

const DAMAGED: &str = " (the file is damaged: restore it from a backup)";

/// A failure, before it is known what was tried.
#[derive(Debug)]
pub(super) enum Fault {
    /// An error of SQLite.
    Sql(rusqlite::Error),
    /// An error of the operating system, with what it is about.
    Io(&'static str, io::Error),
    /// What this backend has found wrong.
    Found(ErrorKind, String),
}

impl Fault {
    /// What is stored is not what we store.
    pub(super) fn damaged(what: &str) -> Self {
        Self::Found(ErrorKind::Refused, format!("the file is damaged: {what}; restore it from a backup"))
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Found(kind, _) => *kind,
            Self::Io(..) => ErrorKind::Refused,
            Self::Sql(error) if is_damage(error) => ErrorKind::Refused,
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OutOfMemory
                    | ErrorCode::OperationInterrupted,
                ) => ErrorKind::Busy,
                // It may have been the last step of a commit: nobody knows.
                Some(ErrorCode::SystemIoFailure) => ErrorKind::Unreachable,
                _ => ErrorKind::Refused,
            },
        }
    }

    fn remedy(&self) -> &'static str {
        let Self::Sql(error) = self else { return "" };
        if is_damage(error) {
            return DAMAGED;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                " (a program that is not of this bus holds the file: close it)"
            }
            Some(ErrorCode::DiskFull) => " (there is no room: make some, or let groups catch up)",
            Some(ErrorCode::SystemIoFailure) => {
                " (the disk or its file system fails: see the log of the system)"
            }
            Some(ErrorCode::ReadOnly) if extended_code(error) == Some(ffi::SQLITE_READONLY_DBMOVED) => {
                " (the file was moved or replaced while it was in use: end all programs that have it open, and start them again)"
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                " (this process needs to write the file, its folder, and the files beside it)"
            }
            Some(ErrorCode::CannotOpen) => {
                " (the folder must be there, and this process must be allowed to write in it)"
            }
            Some(ErrorCode::NotADatabase) => {
                " (it is not a file of the bus, or damaged: give another path, or restore it from a backup)"
            }
            Some(_) => "",
            None => match error {
                // A column without the type that its table declares, or no row where there must be one.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::QueryReturnedNoRows => DAMAGED,
                _ => "",
            },
        }
    }

    /// The error for the user. `tried` follows "cannot".
    pub(super) fn into_error(self, path: &Path, tried: &str) -> BusError {
        let what = format!("cannot {tried} in `{}`{}", path.display(), self.remedy());
        let kind = self.kind();
        match self {
            Self::Sql(cause) => BusError::new(kind, what).caused_by(cause),
            Self::Io(about, cause) => BusError::new(kind, format!("{what}: {about}")).caused_by(cause),
            Self::Found(_, cause) => BusError::new(kind, format!("{what}: {cause}")),
        }
    }
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    Some(error.sqlite_error()?.extended_code)
}

/// Whether what is on the disk is wrong, and not the access to it. A file that ends too early is one kind of an I/O error.
fn is_damage(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
        || matches!(
            extended_code(error),
            Some(ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_DATA | ffi::SQLITE_IOERR_CORRUPTFS)
        )
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn errors_of_the_disk_say_what_to_do() {
        use ErrorKind::{Busy, Refused, Unreachable};

        for (code, kind, remedy) in [
            (ffi::SQLITE_FULL, Busy, "there is no room: make some"),
            (ffi::SQLITE_IOERR_WRITE, Unreachable, "the disk or its file system fails"),
            (ffi::SQLITE_IOERR_FSYNC, Unreachable, "the disk or its file system fails"),
            (ffi::SQLITE_IOERR_SHORT_READ, Refused, "restore it from a backup"),
            (ffi::SQLITE_IOERR_CORRUPTFS, Refused, "restore it from a backup"),
            (ffi::SQLITE_CORRUPT, Refused, "restore it from a backup"),
            (ffi::SQLITE_CORRUPT_INDEX, Refused, "restore it from a backup"),
            (ffi::SQLITE_READONLY, Refused, "needs to write the file"),
            (ffi::SQLITE_READONLY_DIRECTORY, Refused, "needs to write the file"),
            (ffi::SQLITE_READONLY_DBMOVED, Refused, "was moved or replaced"),
        ] {
            let fault = Fault::Sql(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
            let error = fault.into_error(Path::new("/bus"), "publish");
            assert_eq!(error.kind(), kind, "{error}");
            let text = error.to_string();
            assert!(text.starts_with("cannot publish in `/bus`") && text.contains(remedy), "{text}");
        }
    }

    #[test]
    fn errors_keep_their_cause() {
        let error = |fault: Fault| fault.into_error(Path::new("/bus"), "read");
        let cause = io::Error::from(io::ErrorKind::PermissionDenied);
        let failed = error(Fault::Io("the lock", cause));
        assert_eq!(failed.to_string(), "cannot read in `/bus`: the lock: permission denied");
        assert!(failed.source().is_some_and(<dyn Error>::is::<io::Error>));
        let failed = error(rusqlite::Error::QueryReturnedNoRows.into());
        assert!(failed.source().is_some_and(<dyn Error>::is::<rusqlite::Error>));
        assert!(failed.to_string().contains("the file is damaged"), "{failed}");
    }
}
