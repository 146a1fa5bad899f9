//! Errors of the bus: [`BusError`] and [`PublishError`].

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::chain::debug_like_display;
use crate::receiver::BoxError;

/// The kind of a [`BusError`], which says whether a retry can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bus cannot be reached, or does not answer in time. A retry may help; the operation may have been done.
    Unreachable,
    /// The bus cannot do this now: it is loading, or has no room. Nothing was done; a retry may help.
    Busy,
    /// The bus refuses: missing permissions, a topic of another kind, damaged storage. A retry does not help.
    Refused,
    /// A message is larger than the bus takes. A retry does not help; other messages can be published.
    TooLarge,
    /// The settings are wrong. A retry does not help.
    Configuration,
    /// The backend does not support this.
    Unsupported,
}

impl ErrorKind {
    /// Whether a retry may help.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Busy)
    }

    /// Its name in traces and metrics, as an attribute `error.type`.
    pub(in crate::bus) fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::TooLarge => "too_large",
            Self::Configuration => "configuration",
            Self::Unsupported => "unsupported",
        }
    }
}

/// An operation of the bus failed.
///
/// `Display` and `Debug` say what was tried, why it failed and, if there is one, the remedy, in one line.
/// [`source`](Error::source) is the cause. A clone shares it.
#[derive(Clone)]
pub struct BusError {
    kind: ErrorKind,
    what: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl BusError {
    /// An error of this kind. `what` says what was tried, and the remedy if it is known.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    /// Sets the cause. `Display` shows it behind the text.
    #[must_use]
    pub fn caused_by(self, source: impl Into<BoxError>) -> Self {
        Self { source: Some(Arc::from(source.into())), ..self }
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether a retry may help.
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

debug_like_display!(BusError);

impl Error for BusError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Messages were not published, or it is unknown whether they were. [`source`](Error::source) is the [`BusError`].
#[non_exhaustive]
pub struct PublishError {
    /// The number of messages, from the first on, that are certainly stored. If a message is [too large](ErrorKind::TooLarge),
    /// it is the next one.
    pub stored: usize,
    /// Whether later messages may be stored as well. Publishing them again may store them twice.
    pub is_unknown: bool,
    /// Why the others are not stored.
    pub error: BusError,
}

impl PublishError {
    /// The first `stored` messages are certainly stored. The others may be if the bus was [unreachable](ErrorKind::Unreachable).
    pub fn new(stored: usize, error: BusError) -> Self {
        Self { stored, is_unknown: matches!(error.kind(), ErrorKind::Unreachable), error }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = if self.is_unknown { "the others may be" } else { "the others are not" };
        write!(f, "{} messages are published, {rest}: {}", self.stored, self.error)
    }
}

debug_like_display!(PublishError);

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable() -> BusError {
        let cause = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        BusError::new(ErrorKind::Unreachable, "cannot connect to 10.0.0.1").caused_by(cause)
    }

    #[test]
    fn an_error_keeps_its_cause() {
        let error = unreachable();
        assert_eq!(error.to_string(), "cannot connect to 10.0.0.1: connection refused");
        assert_eq!(format!("{error:?}"), error.to_string());
        let cause = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
        assert_eq!(cause.map(std::io::Error::kind), Some(std::io::ErrorKind::ConnectionRefused));
        let of_clone = error.clone().source().map(ToString::to_string);
        assert_eq!(of_clone.as_deref(), Some("connection refused"));
        assert!(BusError::new(ErrorKind::Refused, "no").source().is_none());
    }

    #[test]
    fn a_publish_error_leads_to_the_cause() {
        let error = PublishError::new(2, unreachable());
        assert!(error.is_unknown);
        assert!(error.to_string().starts_with("2 messages are published, the others may be: cannot connect"));
        let cause = error.source().and_then(|cause| cause.downcast_ref::<BusError>());
        assert_eq!(cause.map(BusError::kind), Some(ErrorKind::Unreachable));
    }
}
