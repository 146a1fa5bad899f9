//! Until when the calls of a consumer may wait: [`StopDeadline`].

use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The time beyond which nothing waits, once it is set. A clone is the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct StopDeadline(Arc<OnceLock<Instant>>);

impl StopDeadline {
    /// Sets it. Only the first time counts.
    pub(super) fn set(&self, deadline: Instant) {
        let _ = self.0.set(deadline);
    }

    /// The earlier of the two.
    pub(super) fn limit(&self, until: Option<Instant>) -> Option<Instant> {
        match (self.0.get(), until) {
            (Some(stop), Some(until)) => Some(until.min(*stop)),
            (Some(stop), None) => Some(*stop),
            (None, until) => until,
        }
    }

    /// Whether it has passed.
    pub(super) fn has_passed(&self) -> bool {
        self.0.get().is_some_and(|stop| Instant::now() >= *stop)
    }
}
