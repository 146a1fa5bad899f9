//! How far the receivers of an event have come: [`ReceiverProgress`].

use std::cell::LazyCell;
use std::error::Error;
use std::time::{Duration, Instant};

use super::decode::Decoded;
use super::settings::RetryPolicy;
use crate::bus::message::dead_letter::{DeadLetter, ReceiverFailure};
use crate::receiver::error::{Chain, ReceiverError};
use crate::receiver::retry::{Permanent, Skip};

/// An event, and how far each of its receivers has come.
pub(super) struct EventProgress {
    pub(super) decoded: Decoded,
    pub(super) receivers: Vec<ReceiverProgress>,
}

impl EventProgress {
    /// An event whose receivers have not run yet.
    pub(super) fn new(decoded: Decoded) -> Self {
        let connected = decoded.connected.as_ref().map_or(0, |list| list.len());
        let mut receivers = Vec::new();
        receivers.resize_with(decoded.route.plan.receivers().len() + connected, || ReceiverProgress::NEW);
        Self { decoded, receivers }
    }

    /// Ends a run of the receivers: when the first of those that failed is to be retried.
    pub(super) fn back_off(&mut self) -> Instant {
        // One time for all, so that those with the same backoff are retried together.
        let now = LazyCell::new(Instant::now as fn() -> Instant);
        let first = self.receivers.iter_mut().filter_map(|receiver| receiver.back_off(&now)).min();
        first.unwrap_or_else(|| *now)
    }

    /// The dead letter of an event whose receivers have all ended, if one of them was given up.
    pub(super) fn dead_letter(&self) -> Option<DeadLetter> {
        let failures: Vec<_> = self.receivers.iter().filter_map(ReceiverProgress::failure).cloned().collect();
        (!failures.is_empty()).then(|| DeadLetter::of_receivers(failures))
    }
}

/// What a failure of a receiver says of the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// Another attempt may succeed.
    Transient,
    /// It cannot succeed.
    Permanent,
    /// The receiver does not want the event.
    Skip,
}

impl FailureKind {
    /// By the type of the error or of one of its causes.
    pub(super) fn of(error: &ReceiverError) -> Self {
        let ReceiverError::Failed(error) = error else { return Self::Transient };
        let mut cause: Option<&(dyn Error + 'static)> = Some(&**error);
        while let Some(error) = cause {
            if error.is::<Permanent>() {
                return Self::Permanent;
            }
            if error.is::<Skip>() {
                return Self::Skip;
            }
            cause = error.source();
        }
        Self::Transient
    }
}

/// How far one receiver of an event has come.
#[derive(Debug)]
pub(super) enum ReceiverProgress {
    /// It is to be run.
    Pending {
        /// How often it has failed.
        failed: u32,
        /// Not before this time.
        due: Option<Instant>,
    },
    /// It has failed in the run of the receivers that is under way.
    Failed {
        /// How often.
        failed: u32,
        /// Counted from the end of the run.
        backoff: Duration,
    },
    Done,
    GivenUp(ReceiverFailure),
}

impl ReceiverProgress {
    pub(super) const NEW: Self = Self::Pending { failed: 0, due: None };

    /// Whether it is to be run now.
    pub(super) fn is_due(&self) -> bool {
        // Nearly all run once, and then nobody asks for the time.
        matches!(self, Self::Pending { due, .. } if due.is_none_or(|due| due <= Instant::now()))
    }

    /// Whether it is to be run, now or later.
    pub(super) fn is_pending(&self) -> bool {
        matches!(self, Self::Pending { .. } | Self::Failed { .. })
    }

    /// Why it was given up, if it was.
    pub(super) fn failure(&self) -> Option<&ReceiverFailure> {
        match self {
            Self::GivenUp(failure) => Some(failure),
            Self::Pending { .. } | Self::Failed { .. } | Self::Done => None,
        }
    }

    /// The receiver of this path has failed. It is given up if its attempts are used up and `may_give_up`; otherwise it backs
    /// off for this part of the longest backoff.
    pub(super) fn fail(
        &mut self,
        error: &ReceiverError,
        path: &str,
        policy: &RetryPolicy,
        jitter: f64,
        may_give_up: bool,
    ) {
        let Self::Pending { failed, .. } = *self else { return };
        let failed = failed.saturating_add(1);
        let is_last = failed >= policy.max_attempts && may_give_up;
        *self = if is_last || FailureKind::of(error) == FailureKind::Permanent {
            Self::GivenUp(ReceiverFailure::new(Chain(error).to_string()).of_receiver(path).after(failed))
        } else {
            Self::Failed { failed, backoff: policy.backoff(failed, jitter) }
        };
    }

    /// Ends a run of the receivers: when this one is to be run again, if it is.
    fn back_off(&mut self, now: &LazyCell<Instant>) -> Option<Instant> {
        match *self {
            Self::Failed { failed, backoff } => {
                let due = now.checked_add(backoff).unwrap_or(**now + NEVER);
                *self = Self::Pending { failed, due: Some(due) };
                Some(due)
            }
            Self::Pending { due, .. } => Some(due.unwrap_or(**now)),
            Self::Done | Self::GivenUp(_) => None,
        }
    }
}

/// Longer than any process runs, for a backoff that the clock has no time for.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
