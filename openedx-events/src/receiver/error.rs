//! Why a receiver failed: [`ReceiverError`].

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::result::BoxError;

/// Why a receiver failed.
///
/// Its text and its [`source`](Error::source) are those of the error that the receiver returned.
#[derive(Debug)]
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
        let message = match panic.downcast::<String>() {
            Ok(message) => Cow::Owned(*message),
            Err(panic) => match panic.downcast::<&'static str>() {
                Ok(message) => Cow::Borrowed(*message),
                Err(panic) => {
                    // The payload has a type of the receiver's own: dropping it may panic again, after the first catch.
                    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
                        std::mem::forget(again);
                    }
                    Cow::Borrowed("with a value that is not text")
                }
            },
        };
        Self::Panicked(message)
    }
}

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

/// Transparent: the source is that of the receiver's own error.
impl Error for ReceiverError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Panicked(_) | Self::NoRuntime => None,
        }
    }
}

/// An error with all its sources, in one line. A source that the text already contains is not repeated: some errors print
/// their source, as [`SendError`](crate::SendError) does.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The errors are the receivers' own: a `Display` that panics must not take the sender with it.
        let chain = AssertUnwindSafe(|| {
            let mut text = self.0.to_string();
            let mut source = self.0.source();
            while let Some(error) = source {
                let cause = error.to_string();
                if !text.contains(&cause) {
                    text.push_str(": ");
                    text.push_str(&cause);
                }
                source = error.source();
            }
            f.write_str(&text)
        });
        catch_unwind(chain).unwrap_or_else(|panic| {
            let panic = ReceiverError::panicked(panic);
            write!(f, "(its text {panic})")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

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
