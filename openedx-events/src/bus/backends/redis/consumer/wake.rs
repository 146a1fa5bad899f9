//! Ending the waiting of a read: [`Wake`].

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::sync;

/// Whether the reader is to stop waiting, and where it waits.
#[derive(Default)]
pub(super) struct Wake {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_woken: bool,
    /// The connection that waits on the server.
    blocked: Option<i64>,
}

impl Wake {
    /// The reader is about to wait on the server. Returns `false` if it must not.
    pub(super) fn begin(&self, connection: i64) -> bool {
        let mut state = self.state();
        if !state.is_woken {
            state.blocked = Some(connection);
        }
        !state.is_woken
    }

    /// The reader has stopped waiting. Returns whether it was woken, and forgets it.
    pub(super) fn end(&self) -> bool {
        let mut state = self.state();
        state.blocked = None;
        std::mem::take(&mut state.is_woken)
    }

    /// Wakes the reader. One that waits on the server has to be [ended there](Self::blocked).
    pub(super) fn wake(&self) {
        self.state().is_woken = true;
        self.changed.notify_all();
    }

    /// The connection that still waits on the server though it was woken.
    pub(super) fn blocked(&self) -> Option<i64> {
        let state = self.state();
        state.blocked.filter(|_| state.is_woken)
    }

    /// Waits without the server. Returns whether it was woken, and forgets it.
    pub(super) fn sleep(&self, time: Duration) -> bool {
        let state = self.state();
        let waited = self.changed.wait_timeout_while(state, time, |state| !state.is_woken);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.is_woken)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }
}
