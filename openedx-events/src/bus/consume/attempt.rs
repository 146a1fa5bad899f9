//! One attempt of a receiver: [`Attempt`].

use std::time::Duration;

use tokio::runtime::Handle;

use super::LOG;
use super::call::{Call, RunningReceiver};
use super::decode::Decoded;
use super::dedup::Record;
use super::policy::Policy;
use super::progress::{FailureKind, ReceiverProgress};
use super::shared::Shared;
use crate::bus::contract::error::BusError;
use crate::receiver::ReceiverInfo;
use crate::receiver::error::{Chain, ReceiverError};

/// Runs receivers of an event on the thread of a worker, each once.
pub(super) struct Attempt<'a> {
    pub(super) shared: &'a Shared,
    pub(super) worker: usize,
    pub(super) runtime: &'a Handle,
    pub(super) decoded: &'a Decoded,
    /// Which part of the longest backoff is taken. The same for all receivers of the event, so that they are retried
    /// together.
    pub(super) jitter: f64,
}

impl Attempt<'_> {
    /// Runs a receiver once, unless it is known to have processed the event.
    pub(super) fn run(&self, call: &Call<'_>, progress: &mut ReceiverProgress) -> Result<(), BusError> {
        let (shared, decoded) = (self.shared, self.decoded);
        let policy = Policy::of(shared.settings(), call.info);
        let record = if policy.dedup { Record::of(call, decoded, shared) } else { None };
        if let Some(record) = &record
            && record.exists(shared)?
        {
            shared.counts().repeats.add(1);
            *progress = ReceiverProgress::Done;
            return Ok(());
        }
        let context = decoded.route.context(&decoded.metadata, true, None);
        let overdue_after = if call.info.is_async { policy.timeout.map(not_dropped) } else { policy.timeout };
        shared.window().run_started(self.worker, call.path, overdue_after);
        match call.run(&*decoded.event, &context, |receiver| self.block_on(receiver, policy.timeout)) {
            Ok(()) => {
                if let Some(record) = record {
                    record.write(shared);
                }
                *progress = ReceiverProgress::Done;
            }
            Err(error) if FailureKind::of(&error) == FailureKind::Skip => {
                shared.counts().skipped.add(1);
                *progress = ReceiverProgress::Done;
            }
            Err(error) => {
                shared.counts().failed_attempts.add(1);
                let may_give_up = !shared.window().is_outage();
                progress.fail(&error, &call.info.path, &policy.retry, self.jitter, may_give_up);
                self.log_failure(call.info, &error, progress);
            }
        }
        Ok(())
    }

    /// Awaits an async receiver on this thread, at most for its timeout.
    fn block_on(
        &self,
        receiver: RunningReceiver<'_>,
        timeout: Option<Duration>,
    ) -> Result<(), ReceiverError> {
        self.runtime.block_on(async {
            match timeout {
                None => receiver.await,
                Some(limit) => match tokio::time::timeout(limit, receiver).await {
                    Ok(result) => result,
                    Err(_) => Err(ReceiverError::Failed(format!("timed out after {limit:?}").into())),
                },
            }
        })
    }

    fn log_failure(&self, receiver: &ReceiverInfo, error: &ReceiverError, progress: &ReceiverProgress) {
        tracing::error!(
            target: LOG,
            event_type = self.decoded.metadata.event_type(),
            event_id = %self.decoded.metadata.id(),
            topic = %self.shared.topic(),
            %receiver,
            error = %Chain(error),
            given_up = progress.failure().is_some(),
            "receiver failed"
        );
    }
}

/// After this time an async receiver was surely not dropped at its timeout, as it blocks.
fn not_dropped(timeout: Duration) -> Duration {
    timeout.saturating_add(Duration::from_secs(1))
}
