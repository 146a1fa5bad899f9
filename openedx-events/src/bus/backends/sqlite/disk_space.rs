//! How much the disk has room for: [`Room`].

use crate::sync;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What was seen is good for so long, unless this process writes much meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// The free room on the file system of a file, which is not looked up each time.
#[derive(Debug, Default)]
pub(super) struct Room(Mutex<Option<Seen>>);

#[derive(Debug)]
struct Seen {
    at: Instant,
    /// What was free, without what was written since.
    free: u64,
}

impl Room {
    /// How many bytes are free, if they are fewer than `least` once about so many are written. `None` as well where that
    /// cannot be seen.
    pub(super) fn shortage(&self, path: &Path, least: u64, written: u64) -> Option<u64> {
        if least == 0 {
            return None;
        }
        let mut seen = sync::lock(&self.0);
        if let Some(seen) = seen.as_mut().filter(|seen| seen.at.elapsed() < LOOK) {
            seen.free = seen.free.saturating_sub(written);
            // What is short is looked up each time, so that publishing goes on as soon as there is room.
            if seen.free >= least {
                return None;
            }
        }
        let free = free(path)?;
        let left = free.saturating_sub(written);
        *seen = Some(Seen { at: Instant::now(), free: left });
        (left < least).then_some(free)
    }
}

/// The bytes that this process may use: what is kept for the superuser does not count.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).inspect_err(|error| {
        tracing::debug!(%error, path = %path.display(), "cannot see how much room the disk has");
    });
    let found = found.ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn it_is_seen_again_when_it_would_be_short() {
        let (path, room) = (env::temp_dir(), Room::default());
        assert_eq!(room.shortage(&path, 0, u64::MAX), None, "nothing is wanted");
        assert_eq!(room.shortage(&path, 1, 0), None);
        let seen = |room: &Room| room.0.lock().expect("no panic").as_ref().map(|seen| seen.at);
        let first = seen(&room);
        assert!(room.shortage(&path, u64::MAX, 0).is_some_and(|free| free > 0));
        assert!(seen(&room) > first, "looked up again");
        assert!(room.shortage(&path, 1, u64::MAX).is_some(), "what is to be written counts");
        assert_eq!(room.shortage(&path, 1, 0), None, "it was not written, and there is room");
    }

    #[test]
    fn what_cannot_be_seen_is_not_short() {
        let path = env::temp_dir().join("openedx-events-nowhere").join("at-all");
        assert_eq!(Room::default().shortage(&path, u64::MAX, 0), None);
    }
}
