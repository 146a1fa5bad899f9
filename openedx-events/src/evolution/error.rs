//! Errors of reading schemas and lock files.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::avro::InvalidSchema;
use crate::chain::debug_like_display;

/// The format of the lock file that this release writes, and the latest that it reads.
pub(super) const FORMAT: u32 = 1;

/// The error of reading schemas or a lock file. The message says what could not be read, where, and what to do.
#[non_exhaustive]
pub enum EvolutionError {
    /// The lock file does not exist.
    Missing {
        /// The expected path.
        path: PathBuf,
    },
    /// A file could not be read or written.
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// A lock file in a later format.
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// A damaged lock file.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        message: String,
    },
    /// A schema that cannot be read.
    Schema {
        /// The file or the event.
        place: String,
        /// What is wrong.
        error: InvalidSchema,
    },
    /// A file whose schema is not that of an event.
    NoEvent {
        /// The file.
        path: PathBuf,
    },
    /// A folder without schemas.
    NoSchemas {
        /// The folder.
        path: PathBuf,
    },
    /// Two events with the same event type.
    SameType {
        /// The event type.
        event_type: String,
        /// Where both were found.
        places: String,
    },
}

impl fmt::Display for EvolutionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => write!(
                f,
                "there is no lock file {path}: create it with `openedx-events schema lock --lock {path}`, in your own \
                 program if it has events of its own, and commit it",
                path = path.display()
            ),
            Self::Unreadable { path, error } => write!(f, "{}: {error}", path.display()),
            Self::NewerFormat { path, format } => write!(
                f,
                "{} has the format {format}, but this release of openedx-events supports formats up to {FORMAT}: \
                 update openedx-events",
                path.display()
            ),
            Self::Damaged { path, message } => write!(
                f,
                "{}: {message}. Only waivers and notes may be edited by hand: restore the file from version control. \
                 After a merge conflict take either side and run `openedx-events schema lock`",
                path.display()
            ),
            Self::Schema { place, error } => write!(f, "{place}: {error}"),
            Self::NoEvent { path } => write!(
                f,
                "{}: not the schema of an event, which is a record `CloudEvent` with the event type for namespace",
                path.display()
            ),
            Self::NoSchemas { path } => write!(f, "{} contains no `*.avsc` files", path.display()),
            Self::SameType { event_type, places } => {
                write!(f, "the event type `{event_type}` appears twice: {places}")
            }
        }
    }
}

debug_like_display!(EvolutionError);

impl std::error::Error for EvolutionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::Schema { error, .. } => Some(error),
            _ => None,
        }
    }
}
