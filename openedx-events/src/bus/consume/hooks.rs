//! What is called before and after each event: [`Hooks`].

use std::sync::Arc;

use super::consumed::Consumed;
use crate::metadata::EventsMetadata;

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
            hook(metadata);
        }
    }

    pub(super) fn after(&self, consumed: &Consumed<'_>) {
        if let Some(hook) = &self.after {
            hook(consumed);
        }
    }
}
