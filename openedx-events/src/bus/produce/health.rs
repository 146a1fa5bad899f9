//! Whether publishing to a topic works: [`Health`].

use std::sync::Mutex;

use crate::sync;

/// Whether the last attempt to publish to a topic was successful, and if not, why.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<String>>);

impl Health {
    /// An attempt was successful. Returns whether the one before had failed.
    pub(super) fn succeeded(&self) -> bool {
        sync::lock(&self.0).take().is_some()
    }

    /// An attempt has failed.
    pub(super) fn failed(&self, error: String) {
        *sync::lock(&self.0) = Some(error);
    }

    pub(super) fn is_failing(&self) -> bool {
        sync::lock(&self.0).is_some()
    }

    /// Why the last attempt has failed; empty if it was successful, or has not ended yet.
    pub(super) fn error(&self) -> String {
        sync::lock(&self.0).clone().unwrap_or_default()
    }
}
