//! The observers of the program: [`Observers`].

use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

use super::Observer;
use crate::panics;

/// Those that were added when a consumer or a producer started.
#[derive(Clone)]
pub(in crate::bus) struct Observers(Arc<Vec<Arc<dyn Observer>>>);

static ADDED: LazyLock<ArcSwap<Vec<Arc<dyn Observer>>>> = LazyLock::new(ArcSwap::default);

/// Adds an observer to the producers and the consumers that start from now on. It stays until the process ends.
///
/// [`Observer`] has an example.
pub fn add_observer(observer: Arc<dyn Observer>) {
    let more = [observer];
    ADDED.rcu(|added| added.iter().chain(&more).cloned().collect::<Vec<_>>());
}

impl Observers {
    pub(in crate::bus) fn added() -> Self {
        Self(ADDED.load_full())
    }

    pub(in crate::bus) fn are_there(&self) -> bool {
        !self.0.is_empty()
    }

    /// Tells each of them.
    pub(in crate::bus) fn tell(&self, what: impl Fn(&dyn Observer)) {
        for observer in self.0.iter() {
            if let Err(panic) = panics::catch(|| what(&**observer)) {
                tracing::error!(panic = &*panic, "an observer of the event bus panicked");
            }
        }
    }
}
