//! How far the receivers of an event have come: [`EventProgress`].

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::circuit::{Failures, Reason};
use super::circuits::CircuitId;
use super::decode::Decoded;
use super::recipient::Closed;
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason, ReceiverFailure};
use crate::receiver::error::ReceiverError;
use crate::receiver::retry::{Permanent, RetryAfter, Skip, Unavailable};

/// An event, and how far each of its receivers has come.
pub(super) struct EventProgress {
    pub(super) event: Arc<Decoded>,
    pub(super) receivers: Vec<ReceiverProgress>,
    /// The number among those of the program for each receiver, if it is another one: the event was parked meanwhile.
    pub(super) calls: Vec<usize>,
    /// The entry is another consumer's by now, or nobody's.
    pub(super) is_lost: bool,
    /// It was counted as an error, for the limit of errors in a row.
    pub(super) is_error: bool,
}

/// How far one receiver of an event has come.
#[derive(Debug)]
pub(super) enum ReceiverProgress {
    /// It has not run yet.
    Pending,
    /// It failed, or was not run as it does not seem to work, and waits.
    Open(CircuitId, Failures),
    /// A worker runs it.
    Running,
    Done,
    GivenUp(GivenUp),
}

/// A receiver that was given up for an event.
#[derive(Clone, Debug)]
pub(super) struct GivenUp {
    pub(super) failure: ReceiverFailure,
    pub(super) reason: Reason,
}

impl EventProgress {
    /// The number of a receiver among those of the program.
    pub(super) fn call(&self, number: usize) -> usize {
        self.calls.get(number).copied().unwrap_or(number)
    }

    /// Whether receivers are still to be run.
    pub(super) fn is_open(&self) -> bool {
        self.receivers.iter().any(ReceiverProgress::is_open)
    }
}

impl ReceiverProgress {
    /// Whether it is to be run, or runs.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Pending | Self::Open(..) | Self::Running => true,
            Self::Done | Self::GivenUp(_) => false,
        }
    }
}

/// The dead letter of an event whose receivers have all ended, if one of them was given up.
pub(super) fn dead_letter(receivers: &[ReceiverProgress]) -> Option<DeadLetter> {
    let given_up = || {
        receivers.iter().filter_map(|receiver| match receiver {
            ReceiverProgress::GivenUp(given_up) => Some(given_up),
            _ => None,
        })
    };
    let failures: Vec<_> = given_up().map(|given_up| given_up.failure.clone()).collect();
    if failures.is_empty() {
        return None;
    }
    let mut letter = DeadLetter::of_receivers(failures);
    for (reason, of_letter) in
        [(Reason::Outage, DeadLetterReason::Outage), (Reason::Crashes, DeadLetterReason::Crashed)]
    {
        if given_up().any(|given_up| given_up.reason == reason) {
            letter.reason = of_letter;
        }
    }
    Some(letter)
}

/// What a failure of a receiver says of the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// Another attempt may succeed.
    Transient,
    /// It cannot succeed as long as something that the receiver needs is down.
    Unavailable,
    /// It cannot succeed.
    Permanent,
    /// The receiver does not want the event.
    Skip,
    /// The recipient of the consumer takes no event any more.
    Closed,
}

/// What a failure of a receiver says of the next attempt, and when it may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunFailure {
    pub(super) kind: FailureKind,
    /// The shortest time before the next attempt; zero if the receiver does not ask for one.
    pub(super) pause: Duration,
}

impl From<FailureKind> for RunFailure {
    fn from(kind: FailureKind) -> Self {
        Self { kind, pause: Duration::ZERO }
    }
}

impl RunFailure {
    /// By the types of the error and of its causes.
    pub(super) fn of(error: &ReceiverError) -> Self {
        let mut failure = Self::from(FailureKind::Transient);
        let ReceiverError::Failed(error) = error else { return failure };
        let mut cause: Option<&(dyn Error + 'static)> = Some(&**error);
        while let Some(error) = cause {
            if error.is::<Permanent>() {
                return Self { kind: FailureKind::Permanent, ..failure };
            }
            if error.is::<Skip>() {
                return Self { kind: FailureKind::Skip, ..failure };
            }
            if error.is::<Closed>() {
                return Self { kind: FailureKind::Closed, ..failure };
            }
            // These two may be around each other.
            cause = if let Some(unavailable) = error.downcast_ref::<Unavailable>() {
                failure.kind = FailureKind::Unavailable;
                Some(unavailable.wrapped())
            } else if let Some(after) = error.downcast_ref::<RetryAfter>() {
                failure.pause = failure.pause.max(after.pause());
                Some(after.wrapped())
            } else {
                error.source()
            };
        }
        failure
    }
}
