//! Which events a receiver has processed: [`Record`].

use std::collections::HashSet;
use std::sync::Mutex;

use super::LOG;
use super::call::Call;
use super::decode::Decoded;
use super::shared::Shared;
use crate::bus::contract::BusError;
use crate::bus::retry::backoff::Backoff;
use crate::sync;

/// What receivers with dedup process in this process at the moment.
pub(super) type InProgressSet = Mutex<HashSet<String>>;

/// As long as it lives, other copies of the event wait.
pub(super) struct InProgress<'s> {
    in_progress: &'s InProgressSet,
    text: &'s str,
}

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        sync::lock(self.in_progress).remove(self.text);
    }
}

/// The record on the bus that a receiver has processed an event.
pub(super) struct Record(String);

impl Record {
    /// `None` if another receiver of the event has the same path: what one has done would be taken for what the other has,
    /// and running it twice is better than never.
    pub(super) fn of(call: &Call<'_>, decoded: &Decoded, shared: &Shared) -> Option<Self> {
        if call.shares_its_path(decoded) {
            shared.log_once().shared_path(&call.info.path);
            return None;
        }
        Some(Self(format!("{} {}", call.info.path, decoded.metadata.id())))
    }

    /// The receiver begins to process the event. `None` if it processes another copy of it in this process at the moment.
    pub(super) fn begin<'s>(&'s self, shared: &'s Shared) -> Option<InProgress<'s>> {
        let in_progress = shared.in_progress();
        let is_first = sync::lock(in_progress).insert(self.0.clone());
        // Not made in vain: its drop ends what another one has begun.
        is_first.then(|| InProgress { in_progress, text: &self.0 })
    }

    /// Whether the receiver has processed the event. Tries again until the bus can say so, or the consumer stops: running a
    /// receiver that may have processed the event is what dedup is to prevent.
    pub(super) fn exists(&self, shared: &Shared) -> Result<bool, BusError> {
        let mut backoff = Backoff::RECONNECT;
        loop {
            match shared.consumer().processed(std::slice::from_ref(&self.0)) {
                Ok(processed) => return Ok(processed.first().copied().unwrap_or_default()),
                Err(error) if !error.is_transient() || shared.window().is_stopping() => return Err(error),
                Err(error) => {
                    tracing::warn!(
                        target: LOG,
                        topic = %shared.topic(),
                        %error,
                        "could not look up whether a receiver has processed the event; retrying"
                    );
                    shared.back_off(backoff.next_delay());
                }
            }
        }
    }

    /// The receiver has processed the event.
    pub(super) fn write(&self, shared: &Shared) {
        if let Err(error) = shared.consumer().mark_processed(&self.0) {
            tracing::warn!(
                target: LOG,
                topic = %shared.topic(),
                %error,
                "could not record that a receiver has processed the event; after a crash it may process it again"
            );
        }
    }
}
