//! What has come of the receivers of an event in one pass: [`Runs`].

use std::time::Duration;

use super::attempt::Attempted;
use super::call::Call;
use super::receiver_run::ReceiverRun;
use super::shared::Shared;

/// The receivers that were called in one pass, in their order, and how long they took.
#[derive(Debug, Default)]
pub(super) struct Runs<'e> {
    /// Empty if no hook looks at them.
    pub(super) list: Vec<ReceiverRun<'e>>,
    pub(super) duration: Duration,
    has_failed: bool,
}

impl<'e> Runs<'e> {
    /// A receiver has run.
    pub(super) fn add(&mut self, call: &Call<'e>, attempted: &mut Attempted, shared: &Shared) {
        self.duration += attempted.duration;
        self.has_failed |= attempted.outcome.is_failure();
        if call.is_of_producer() {
            return;
        }
        let run = ReceiverRun {
            receiver: call.info,
            outcome: attempted.outcome,
            attempt: attempted.attempt,
            error: attempted.error.take(),
            duration: attempted.duration,
        };
        shared.observers().tell(|observer| observer.receiver_run(&shared.observed(), &run));
        if shared.hooks().want_runs() {
            self.list.push(run);
        }
    }

    /// Whether a receiver has failed.
    pub(super) fn have_failed(&self) -> bool {
        self.has_failed
    }
}
