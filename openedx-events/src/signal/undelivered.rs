//! Why no receiver was called: [`Undelivered`].

use std::fmt;

/// Why no receiver was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undelivered {
    /// The event has no receivers.
    NoReceivers,
    /// The signal is disabled.
    Disabled,
    /// Several signals have this event type; see [`check`](crate::check).
    DuplicateType,
    /// The send was inside a test scope that the signal does not belong to.
    NotInScope,
    /// The send was nested too deep in others: receivers send in a circle. The text of the
    /// [`Responses`](crate::Responses) names them.
    TooDeep,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReceivers => {
                "no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with \
                 `openedx_events::link!`"
            },
            Self::Disabled => "the signal is disabled",
            Self::DuplicateType => "refused: several signals have this event type",
            Self::NotInScope => "the signal is not one of the test scope's",
            Self::TooDeep => "refused: too deep inside other sends",
        })
    }
}
