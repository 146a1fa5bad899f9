//! What an error of a receiver says of trying again: [`Permanent`] and [`Skip`].

use std::error::Error;
use std::fmt;

use super::BoxError;

/// An error that trying again does not mend. On the event bus such an event becomes a dead letter at once, without further
/// attempts.
///
/// ```
/// use openedx_events::Permanent;
///
/// fn parse(text: &str) -> Result<i64, Permanent> {
///     text.parse().map_err(Permanent::new)
/// }
///
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
#[derive(Debug)]
pub struct Permanent(BoxError);

/// Says that an event is none of the receiver's business after all. On the event bus it counts as done.
#[derive(Debug)]
pub struct Skip(BoxError);

impl Permanent {
    /// This error, which trying again does not mend.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}

impl Skip {
    /// Skips for this reason.
    pub fn new(reason: impl Into<BoxError>) -> Self {
        Self(reason.into())
    }
}

macro_rules! transparent {
    ($($error:ident)*) => {
        $(
            impl fmt::Display for $error {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }

            /// Transparent: the source is what is below the error within.
            impl Error for $error {
                fn source(&self) -> Option<&(dyn Error + 'static)> {
                    self.0.source()
                }
            }
        )*
    };
}

transparent! { Permanent Skip }
