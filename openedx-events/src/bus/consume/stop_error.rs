//! Why a consumer did not start or did not stop cleanly: [`StopError`].

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::bus::contract::error::{BusError, ErrorKind};
use crate::chain::debug_like_display;

/// Why a consumer did not start, ended by itself or did not stop cleanly. A clone shares the cause.
#[derive(Clone)]
#[non_exhaustive]
pub enum StopError {
    /// The bus could not be reached for too long, or refuses.
    Bus(BusError),
    /// Too many events in a row have failed: see
    /// [`consecutive_errors_limit`](super::ConsumerSettings::consecutive_errors_limit).
    TooManyErrors {
        /// The number of events.
        in_a_row: u32,
    },
    /// The recipient of the consumer takes no event any more: see [`Closed`](super::Closed). The events that it has not taken stay
    /// with the group.
    Closed {
        /// The name of the recipient.
        recipient: String,
        /// Its error, with its causes.
        error: String,
    },
    /// A receiver does not finish: see [`stuck_after`](super::ConsumerSettings::stuck_after).
    Stuck {
        /// Its path.
        receiver: &'static str,
        /// For how long it has run.
        after: Duration,
    },
    /// Receivers still ran at the deadline to stop. Their events are redelivered.
    Unfinished {
        /// The number of receivers.
        receivers: usize,
    },
    /// Receivers have finished, and the bus could not be told so before the deadline to stop: their events are redelivered,
    /// and run again.
    Unacknowledged {
        /// The number of entries; `None` if the bus did not answer at all.
        entries: Option<usize>,
    },
}

impl StopError {
    /// The exit code of a process that ends because of this error.
    ///
    /// | exit code | error |
    /// |---|---|
    /// | 2 | [`Bus`](Self::Bus): the settings are invalid, or the backend does not support what they ask for |
    /// | 3 | [`Bus`](Self::Bus): it cannot be reached, or was busy for too long |
    /// | 4 | [`TooManyErrors`](Self::TooManyErrors) |
    /// | 5 | [`Bus`](Self::Bus): it refuses; or [`Closed`](Self::Closed), or [`Stuck`](Self::Stuck) |
    /// | 6 | [`Unfinished`](Self::Unfinished), [`Unacknowledged`](Self::Unacknowledged) |
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Bus(error) => match error.kind() {
                ErrorKind::Configuration | ErrorKind::Unsupported => 2,
                ErrorKind::Unreachable | ErrorKind::Busy => 3,
                ErrorKind::Refused | ErrorKind::TooLarge => 5,
            },
            Self::TooManyErrors { .. } => 4,
            Self::Closed { .. } | Self::Stuck { .. } => 5,
            Self::Unfinished { .. } | Self::Unacknowledged { .. } => 6,
        }
    }
}

impl From<BusError> for StopError {
    fn from(error: BusError) -> Self {
        Self::Bus(error)
    }
}

impl fmt::Display for StopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bus(error) => error.fmt(f),
            Self::TooManyErrors { in_a_row } => {
                write!(f, "{in_a_row} events in a row have failed; the log says why")
            }
            Self::Closed { recipient, error } => {
                write!(f, "{recipient} takes no event any more: {error}")
            }
            Self::Stuck { receiver, after } => {
                write!(f, "the receiver {receiver} is stuck: it has run for {after:?}")
            }
            Self::Unfinished { receivers } => {
                let (noun, events) = if *receivers == 1 {
                    ("receiver", "its event is")
                } else {
                    ("receivers", "their events are")
                };
                write!(f, "{receivers} {noun} still ran at the deadline to stop; {events} redelivered")
            }
            Self::Unacknowledged { entries: Some(entries) } => write!(
                f,
                "the bus could not be reached to acknowledge what is done: {entries} of the entries in flight are redelivered \
                 and run again"
            ),
            Self::Unacknowledged { entries: None } => f.write_str(
                "the bus did not answer until the deadline to stop: entries in flight are redelivered, and some may run again",
            ),
        }
    }
}

debug_like_display!(StopError);

impl Error for StopError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // The text is that of the bus's error, so the source is the cause of that one.
            Self::Bus(error) => error.source(),
            Self::TooManyErrors { .. }
            | Self::Closed { .. }
            | Self::Stuck { .. }
            | Self::Unfinished { .. }
            | Self::Unacknowledged { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// An error with a cause, as those of clients are.
    #[derive(Debug)]
    struct Outer(io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no answer")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_error_of_the_bus_keeps_its_text_and_its_source() {
        let cause = Outer(io::Error::other("timed out"));
        let error = StopError::from(BusError::new(ErrorKind::Refused, "cannot read").caused_by(cause));
        assert_eq!(error.to_string(), "cannot read: no answer");
        assert_eq!(format!("{error:?}"), "cannot read: no answer: timed out");
        let cause = error.source().expect("the cause");
        assert_eq!(cause.to_string(), "no answer");
        assert_eq!(cause.source().map(ToString::to_string).as_deref(), Some("timed out"));
        assert_eq!(error.exit_code(), 5);
    }

    #[test]
    fn others_are_debugged_as_they_are_displayed() {
        for (error, text, code) in [
            (StopError::TooManyErrors { in_a_row: 3 }, "3 events in a row have failed; the log says why", 4),
            (
                StopError::Stuck { receiver: "my::receiver", after: Duration::from_secs(90) },
                "the receiver my::receiver is stuck: it has run for 90s",
                5,
            ),
            (
                StopError::Closed { recipient: "crm".to_owned(), error: "410 Gone".to_owned() },
                "crm takes no event any more: 410 Gone",
                5,
            ),
            (
                StopError::Unfinished { receivers: 1 },
                "1 receiver still ran at the deadline to stop; its event is redelivered",
                6,
            ),
            (
                StopError::Unfinished { receivers: 2 },
                "2 receivers still ran at the deadline to stop; their events are redelivered",
                6,
            ),
            (
                StopError::Unacknowledged { entries: Some(4) },
                "the bus could not be reached to acknowledge what is done: 4 of the entries in flight are redelivered and run \
                 again",
                6,
            ),
            (
                StopError::Unacknowledged { entries: None },
                "the bus did not answer until the deadline to stop: entries in flight are redelivered, and some may run again",
                6,
            ),
        ] {
            assert_eq!((error.to_string(), format!("{error:?}")), (text.to_owned(), text.to_owned()));
            assert_eq!(error.exit_code(), code);
            assert!(error.source().is_none());
        }
    }
}
