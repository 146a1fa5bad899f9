//! How the receivers of an entry have come along: [`Progress`].

use std::cell::LazyCell;
use std::error::Error;
use std::time::{Duration, Instant};

use super::settings::RetryPolicy;
use crate::bus::message::dead_letter::{DeadLetter, ReceiverFailure};
use crate::receiver::error::{Chain, ReceiverError};
use crate::receiver::retry::{Permanent, Skip};

/// What a failed run of a receiver says of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Trying again may help.
    Transient,
    /// It does not.
    Permanent,
    /// The event is none of the receiver's business.
    Skip,
}

impl Verdict {
    /// By the error, or what is below it. One that says nothing is worth another attempt.
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

/// One receiver of an entry.
#[derive(Debug)]
pub(super) enum Progress {
    /// It is to be run.
    Open {
        /// How often it has failed.
        failed: u32,
        /// Not before this time.
        due: Option<Instant>,
    },
    /// It has failed in the run that is under way.
    Failed {
        /// How often.
        failed: u32,
        /// From the end of the run on.
        pause: Duration,
    },
    Done,
    /// It is given up.
    Dead(ReceiverFailure),
}

impl Progress {
    pub(super) const NEW: Self = Self::Open { failed: 0, due: None };

    /// Whether it is to be run, and its time has come.
    pub(super) fn is_due(&self) -> bool {
        // Nearly all are run once, and then nobody asks for the time.
        matches!(self, Self::Open { due, .. } if due.is_none_or(|due| due <= Instant::now()))
    }

    /// Whether it is to be run, now or later.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. } | Self::Failed { .. })
    }

    pub(super) fn is_given_up(&self) -> bool {
        matches!(self, Self::Dead(_))
    }

    /// Takes a failure. `path` is the receiver's; `may_end` whether it may be given up now, and `part` which part of the
    /// longest pause it takes else.
    pub(super) fn fail(
        &mut self,
        error: &ReceiverError,
        path: &str,
        policy: &RetryPolicy,
        part: f64,
        may_end: bool,
    ) {
        let Self::Open { failed, .. } = *self else { return };
        let failed = failed.saturating_add(1);
        let is_last = failed >= policy.max_attempts && may_end;
        *self = if is_last || Verdict::of(error) == Verdict::Permanent {
            Self::Dead(ReceiverFailure::new(Chain(error).to_string()).of_receiver(path).after(failed))
        } else {
            Self::Failed { failed, pause: policy.pause(failed, part) }
        };
    }

    /// Ends a run of the entry: when the receiver is to be run again, if it is.
    pub(super) fn rest(&mut self, now: &LazyCell<Instant>) -> Option<Instant> {
        match *self {
            Self::Failed { failed, pause } => {
                let due = now.checked_add(pause).unwrap_or(**now + NEVER);
                *self = Self::Open { failed, due: Some(due) };
                Some(due)
            }
            Self::Open { due, .. } => Some(due.unwrap_or(**now)),
            Self::Done | Self::Dead(_) => None,
        }
    }
}

/// Longer than any process runs, for a pause that the clock has no time for.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What comes next for an entry after a run of its receivers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// It is done and to be acknowledged.
    Done,
    /// It is done with, acknowledged together with its dead letter.
    Buried,
    /// Some receivers are to be run again.
    Again(Instant),
    /// It is another consumer's by now, or is to be left for one.
    Dropped,
}

/// The letter of an entry whose receivers have all come to an end, if one of them was given up.
pub(super) fn letter(receivers: &[Progress]) -> Option<DeadLetter> {
    let failures: Vec<_> = receivers
        .iter()
        .filter_map(|progress| match progress {
            Progress::Dead(failure) => Some(failure.clone()),
            Progress::Open { .. } | Progress::Failed { .. } | Progress::Done => None,
        })
        .collect();
    (!failures.is_empty()).then(|| DeadLetter::of_receivers(failures))
}
