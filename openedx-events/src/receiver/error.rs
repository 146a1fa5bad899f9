//! Why a receiver failed: [`ReceiverError`].

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use super::info::ReceiverInfo;
use super::result::BoxError;
use crate::chain::debug_like_display;
use crate::panics;

/// Why a receiver failed.
///
/// Its text and its [`source`](Error::source) are those of the error that the receiver returned.
#[non_exhaustive]
pub enum ReceiverError {
    /// It returned this error.
    Failed(BoxError),
    /// It panicked with this message.
    Panicked(Cow<'static, str>),
    /// It is async and there was no tokio runtime to spawn it on.
    NoRuntime,
}

impl ReceiverError {
    /// The error for a caught panic.
    #[cold]
    pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Self {
        Self::Panicked(panics::message(panic))
    }

    /// Drops the receiver's own error.
    ///
    /// # Errors
    ///
    /// Its drop panicked with this message.
    pub(crate) fn discard(&mut self) -> Result<(), Cow<'static, str>> {
        let Self::Failed(error) = self else { return Ok(()) };
        // What takes its place has no size, so that nothing is allocated.
        let error = std::mem::replace(error, Box::new(Discarded));
        panics::catch(|| drop(error))
    }

    /// Drops the receiver's own error. A panic of its drop is logged.
    pub(crate) fn discard_of(&mut self, event_type: &str, receiver: &ReceiverInfo) {
        if let Err(message) = self.discard() {
            tracing::error!(event_type, %receiver, panic = &*message, "the error of a receiver panicked when it was dropped");
        }
    }
}

/// The errors are the receivers' own: a drop that panics must not take the sender with it.
impl Drop for ReceiverError {
    fn drop(&mut self) {
        if let Err(message) = self.discard() {
            tracing::error!(panic = &*message, "the error of a receiver panicked when it was dropped");
        }
    }
}

/// In place of an error that was dropped.
#[derive(Debug)]
struct Discarded;

impl fmt::Display for Discarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the error was dropped")
    }
}

impl Error for Discarded {}

impl fmt::Display for ReceiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::NoRuntime => f.write_str(if cfg!(feature = "tokio") {
                "not started: there is no tokio runtime here; send from inside one, or use send_event_async"
            } else {
                "not started: async receivers are spawned on tokio only; enable the feature `tokio` of \
                 openedx-events, or use send_event_async"
            }),
        }
    }
}

debug_like_display!(ReceiverError);

/// Transparent: the source is that of the receiver's own error.
impl Error for ReceiverError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Panicked(_) | Self::NoRuntime => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::chain::Chain;

    #[test]
    fn the_source_is_that_of_the_receivers_error() {
        #[derive(Debug)]
        struct Outer(io::Error);

        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cannot save")
            }
        }

        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }

        let error = ReceiverError::Failed(Outer(io::Error::other("disk full")).into());
        assert_eq!(error.to_string(), "cannot save");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("disk full"));
        assert_eq!(Chain(&error).to_string(), "cannot save: disk full");
    }
}
