//! A run of a receiver, as hooks and observers see it: [`ReceiverRun`].

use std::time::Duration;

use crate::receiver::ReceiverInfo;

/// What has come of one receiver of an event, in [`Consumed::runs`](super::Consumed::runs).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceiverRun<'a> {
    /// The receiver.
    pub receiver: &'a ReceiverInfo,
    /// How the run ended.
    pub outcome: RunOutcome,
    /// The number of the attempt, from 1 on. One more than the failures before, if the receiver was not called.
    pub attempt: u32,
    /// The error with its causes, as in the log; `None` if there is none. Personal data in it is that of the receiver's
    /// error.
    pub error: Option<String>,
    /// How long the run took.
    pub duration: Duration,
}

/// How a run of a receiver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RunOutcome {
    /// The receiver succeeded.
    Done,
    /// It skipped the event by returning [`Skip`](crate::Skip), or a hook did.
    Skipped,
    /// It was not called: it has processed the event before, says [`dedup`](super::ConsumerSettings::dedup).
    Repeated,
    /// It failed, and is retried.
    Failed,
    /// It failed, and is not retried for this event.
    GivenUp,
    /// It was not called, as it does not seem to work, or processes another copy of the event at the moment. The event
    /// waits for it.
    Waiting,
}

impl RunOutcome {
    /// Its name in metrics, as a label `outcome`: `done`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Repeated => "repeated",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
            Self::Waiting => "waiting",
        }
    }

    /// Whether the receiver failed in this run, or a hook refused the event.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::GivenUp)
    }
}
