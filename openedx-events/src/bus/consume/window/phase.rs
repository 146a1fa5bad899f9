//! How far a consumer is on its way to the end: [`Phase`].

use std::fmt;
use std::time::Duration;

use crate::bus::consume::stop_error::StopError;
use crate::bus::contract::error::BusError;

/// How far the consumer of a topic is on its way to the end.
#[derive(Debug, Default)]
pub(super) enum Phase {
    #[default]
    Running,
    /// The consumer ends by itself: nothing more is read, while workers go on with what is in flight.
    Ended(End),
    /// The consumer is stopped: no entry is begun any more.
    Stopping(Option<End>),
}

/// Why a consumer ends by itself.
#[derive(Clone, Debug)]
pub(in crate::bus::consume) enum End {
    /// The bus is lost or refuses.
    Bus(BusError),
    /// It has handled [`max_entries`](crate::bus::ConsumerSettings::max_entries).
    Complete,
    /// This many events in a row have failed.
    TooManyErrors(u32),
    /// The recipient takes no event any more.
    Closed { recipient: String, error: String },
    /// A receiver does not finish.
    Stuck { receiver: &'static str, after: Duration },
}

impl End {
    /// The error that it is. `None` if everything is done.
    pub(in crate::bus::consume) fn into_error(self) -> Option<StopError> {
        match self {
            Self::Complete => None,
            Self::Bus(error) => Some(StopError::Bus(error)),
            Self::TooManyErrors(in_a_row) => Some(StopError::TooManyErrors { in_a_row }),
            Self::Closed { recipient, error } => Some(StopError::Closed { recipient, error }),
            Self::Stuck { receiver, after } => Some(StopError::Stuck { receiver, after }),
        }
    }
}

/// As an operator reads it.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clone().into_error() {
            Some(error) => error.fmt(f),
            None => f.write_str("everything that it was to handle is done"),
        }
    }
}

impl Phase {
    /// Ends by itself, for this reason unless there was one before.
    pub(super) fn end(&mut self, end: End) {
        match self {
            Self::Running => *self = Self::Ended(end),
            Self::Stopping(reason @ None) => *reason = Some(end),
            Self::Ended(_) | Self::Stopping(Some(_)) => {}
        }
    }

    pub(super) fn stop(&mut self) {
        *self = Self::Stopping(self.take_end());
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Running)
    }

    pub(super) fn is_stopping(&self) -> bool {
        matches!(self, Self::Stopping(_))
    }

    /// Why it ends by itself, if it does.
    pub(super) fn reason(&self) -> Option<&End> {
        match self {
            Self::Running => None,
            Self::Ended(end) => Some(end),
            Self::Stopping(end) => end.as_ref(),
        }
    }

    /// Takes the reason out; the phase is `Running` or `Stopping` then.
    pub(super) fn take_end(&mut self) -> Option<End> {
        match std::mem::take(self) {
            Self::Running => None,
            Self::Ended(end) => Some(end),
            Self::Stopping(end) => {
                *self = Self::Stopping(None);
                end
            }
        }
    }
}
