//! What is called before and after each event: [`Hooks`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::LOG;
use super::consumed::Consumed;
use crate::metadata::EventsMetadata;
use crate::receiver::error::ReceiverError;

type Before = dyn Fn(&EventsMetadata) + Send + Sync;
type After = dyn Fn(&Consumed<'_>) + Send + Sync;

/// What is called before and after the receivers of each event.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    before: Option<Arc<Before>>,
    after: Option<Arc<After>>,
}

impl Hooks {
    pub(super) fn set_before(&mut self, hook: impl Fn(&EventsMetadata) + Send + Sync + 'static) {
        self.before = Some(Arc::new(hook));
    }

    pub(super) fn set_after(&mut self, hook: impl Fn(&Consumed<'_>) + Send + Sync + 'static) {
        self.after = Some(Arc::new(hook));
    }

    pub(super) fn before(&self, metadata: &EventsMetadata) {
        if let Some(hook) = &self.before {
            contain("before_message", || hook(metadata));
        }
    }

    pub(super) fn after(&self, consumed: &Consumed<'_>) {
        if let Some(hook) = &self.after {
            contain("after_message", || hook(consumed));
        }
    }
}

/// A hook that panics changes nothing of what becomes of its event.
fn contain(hook: &'static str, call: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(call)) {
        tracing::error!(target: LOG, hook, error = %ReceiverError::panicked(panic), "a hook of the consumer panicked");
    }
}
