//! Free space on the disk: [`DiskSpace`].

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::{log_later, sync};

/// How long a look at the disk is good for, unless this process writes much meanwhile.
const FRESH: Duration = Duration::from_millis(100);

/// The free space on the file system of a file, which is not looked up each time.
#[derive(Debug, Default)]
pub(super) struct DiskSpace(Mutex<Option<Seen>>);

#[derive(Debug)]
struct Seen {
    at: Instant,
    /// What was free, without what was written since.
    free: u64,
}

impl DiskSpace {
    /// The number of free bytes, if fewer than `min` would be left after writing about `written` bytes. `None` as well where
    /// that cannot be seen.
    pub(super) fn shortage(&self, path: &Path, min: u64, written: u64) -> Option<u64> {
        if min == 0 {
            return None;
        }
        let _behind = log_later::behind();
        let mut seen = sync::lock(&self.0);
        if let Some(seen) = seen.as_mut().filter(|seen| seen.at.elapsed() < FRESH) {
            seen.free = seen.free.saturating_sub(written);
            // A shortage is looked up each time, so that publishing goes on as soon as there is space.
            if seen.free >= min {
                return None;
            }
        }
        let free = free(path)?;
        let left = free.saturating_sub(written);
        *seen = Some(Seen { at: Instant::now(), free: left });
        (left < min).then_some(free)
    }
}

/// The bytes that this process may use: what is reserved for the superuser does not count.
#[cfg(unix)]
pub(super) fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).inspect_err(|error| {
        let (error, path) = (*error, path.to_path_buf());
        log_later::log(move || {
            tracing::debug!(%error, path = %path.display(), "cannot see how much space the disk has");
        });
    });
    let found = found.ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
pub(super) fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn it_is_seen_again_when_it_would_be_short() {
        let (path, space) = (env::temp_dir(), DiskSpace::default());
        assert_eq!(space.shortage(&path, 0, u64::MAX), None, "nothing is wanted");
        assert_eq!(space.shortage(&path, 1, 0), None);
        let seen = |space: &DiskSpace| space.0.lock().expect("no panic").as_ref().map(|seen| seen.at);
        let first = seen(&space);
        assert!(space.shortage(&path, u64::MAX, 0).is_some_and(|free| free > 0));
        assert!(seen(&space) > first, "looked up again");
        assert!(space.shortage(&path, 1, u64::MAX).is_some(), "what is to be written counts");
        assert_eq!(space.shortage(&path, 1, 0), None, "it was not written, and there is space");
    }

    #[test]
    fn what_cannot_be_seen_is_not_short() {
        let path = env::temp_dir().join("openedx-events-nowhere").join("at-all");
        assert_eq!(DiskSpace::default().shortage(&path, u64::MAX, 0), None);
    }
}
