//! Warnings that are logged once: [`LogOnce`].

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Mutex;

use super::LOG;
use crate::sync;

/// Logs each warning once, however many events it holds for.
#[derive(Default)]
pub(super) struct LogOnce {
    unknown_releases: Mutex<HashSet<Vec<u32>>>,
    shared_paths: Mutex<HashSet<String>>,
}

impl LogOnce {
    /// Once for each release.
    pub(super) fn unknown_release(&self, sourcelib: &[u32]) {
        if is_first(&self.unknown_releases, sourcelib) {
            tracing::warn!(
                target: LOG,
                ?sourcelib,
                "events come from an unknown release of openedx-events; they are decoded with the newest schema"
            );
        }
    }

    /// Once for each path.
    pub(super) fn shared_path(&self, path: &str) {
        if is_first(&self.shared_paths, path) {
            tracing::warn!(
                target: LOG,
                receiver = path,
                "several receivers of an event share this path, so they have no dedup; connect each closure under a name of \
                 its own"
            );
        }
    }
}

fn is_first<T>(known: &Mutex<HashSet<T::Owned>>, news: &T) -> bool
where
    T: ToOwned<Owned: Eq + Hash> + ?Sized,
{
    sync::lock(known).insert(news.to_owned())
}
