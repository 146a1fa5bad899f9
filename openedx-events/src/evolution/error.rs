//! Why a check could not be made.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::avro::InvalidSchema;

/// The format of the lock file that this release writes, and the latest that it reads.
pub(super) const FORMAT: u32 = 1;

/// Why schemas could not be compared: what could not be read, where, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum EvolutionError {
    /// There is no lock file.
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file could not be read or written.
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A lock file of a later format.
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// A lock file that is not as one was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// A schema that cannot be read.
    Schema {
        /// The file or the event.
        place: String,
        /// What is wrong.
        error: InvalidSchema,
    },
    /// A schema in a file that is not that of an event.
    NoEvent {
        /// The file.
        path: PathBuf,
    },
    /// A folder without schemas.
    NoSchemas {
        /// The folder.
        path: PathBuf,
    },
    /// One event type twice.
    SameType {
        /// The type.
        event_type: String,
        /// Where.
        places: String,
    },
}

impl fmt::Display for EvolutionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => write!(
                f,
                "there is no lock file {path}: make it with `openedx-events schema lock --lock {path}`, in your own \
                 program if it has events of its own, and commit it",
                path = path.display()
            ),
            Self::Unreadable { path, error } => write!(f, "{}: {error}", path.display()),
            Self::NewerFormat { path, format } => write!(
                f,
                "{} has the format {format}, and this release of openedx-events knows no later one than {FORMAT}: \
                 update openedx-events",
                path.display()
            ),
            Self::Damaged { path, message } => write!(
                f,
                "{}: {message}. The file is not edited by hand, but for waivers and notes: take it from version control \
                 again. After a merge conflict take either side, and run `openedx-events schema lock`",
                path.display()
            ),
            Self::Schema { place, error } => write!(f, "{place}: {error}"),
            Self::NoEvent { path } => write!(
                f,
                "{}: not the schema of an event, which is a record `CloudEvent` with the event type for namespace",
                path.display()
            ),
            Self::NoSchemas { path } => write!(f, "{} has no files `*.avsc`", path.display()),
            Self::SameType { event_type, places } => {
                write!(f, "the event type `{event_type}` is there twice: {places}")
            }
        }
    }
}

impl std::error::Error for EvolutionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::Schema { error, .. } => Some(error),
            _ => None,
        }
    }
}
