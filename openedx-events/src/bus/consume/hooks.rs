//! What is called around, before and after the receivers of each event: [`Hooks`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::LOG;
use super::around::{Around, Next, Ran, ReceivedEvent};
use super::consumed::Consumed;
use super::decode::Decoded;
use crate::bus::message::Message;
use crate::metadata::EventsMetadata;
use crate::receiver::BoxError;
use crate::receiver::error::ReceiverError;

type Before = dyn Fn(&EventsMetadata) + Send + Sync;
type After = dyn Fn(&Consumed<'_>) + Send + Sync;

/// What is called around, before and after the receivers of each event.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    /// The outermost one first.
    around: Vec<Arc<Around>>,
    before: Option<Arc<Before>>,
    after: Option<Arc<After>>,
}

impl Hooks {
    pub(super) fn add_around(
        &mut self,
        hook: impl Fn(&ReceivedEvent<'_>, Next<'_>) -> Result<Ran, BoxError> + Send + Sync + 'static,
    ) {
        self.around.push(Arc::new(hook));
    }

    pub(super) fn set_before(&mut self, hook: impl Fn(&EventsMetadata) + Send + Sync + 'static) {
        self.before = Some(Arc::new(hook));
    }

    pub(super) fn set_after(&mut self, hook: impl Fn(&Consumed<'_>) + Send + Sync + 'static) {
        self.after = Some(Arc::new(hook));
    }

    /// The hooks around receivers, the outermost one first.
    pub(super) fn around(&self) -> &[Arc<Around>] {
        &self.around
    }

    /// Whether what has come of each receiver is to be kept until the receivers of its event have run.
    pub(super) fn want_runs(&self) -> bool {
        self.after.is_some()
    }

    /// The event will be seen apart from its entry.
    pub(super) fn keep_headers(&self, event: &mut Decoded, message: &Message) {
        if self.after.is_some() || !self.around.is_empty() {
            event.headers.clone_from(&message.headers);
        }
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
