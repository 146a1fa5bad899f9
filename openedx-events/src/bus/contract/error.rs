//! What goes wrong on the bus: [`BusError`].

use std::error::Error;
use std::fmt;

use crate::receiver::BoxError;

/// What kind of failure it is, which says whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bus cannot be reached, or does not answer in time. Trying again may help; what was asked for may have been done.
    Unreachable,
    /// The bus is there and cannot do it now: it is loading, or has no room. Nothing was done; trying again may help.
    Busy,
    /// The bus refuses: no rights, a topic of another kind, damaged storage. Trying again does not help.
    Refused,
    /// The settings make no sense. Trying again does not help.
    Configuration,
    /// The backend cannot do this at all.
    Unsupported,
}

impl ErrorKind {
    /// Whether trying again may help.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Busy)
    }
}

/// What went wrong on the bus, with what was tried, why it failed and, where there is one, the remedy.
pub struct BusError {
    kind: ErrorKind,
    what: String,
    source: Option<BoxError>,
}

impl BusError {
    /// An error of this kind. `what` says what was tried, and what to do about it if that is known.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    /// The error with its cause, which is shown after it.
    #[must_use]
    pub fn caused_by(self, source: impl Into<BoxError>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }
}

impl fmt::Display for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

/// The text has the cause in it, so that the source is what is below the cause.
impl Error for BusError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().and_then(Error::source)
    }
}
