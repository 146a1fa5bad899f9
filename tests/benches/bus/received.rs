//! The receiver, which does nothing but count, so that delivery is checked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use openedx_events::{EventsMetadata, receiver};

static COUNT: AtomicU64 = AtomicU64::new(0);
/// The count at which to notify.
static WANTED: AtomicU64 = AtomicU64::new(u64::MAX);
static REACHED: Mutex<Option<Instant>> = Mutex::new(None);
static NOTIFIED: Condvar = Condvar::new();

/// Far more than a busy machine needs.
const TIMEOUT: Duration = Duration::from_mins(1);

#[receiver(COURSE_ENROLLMENT_CREATED)]
fn receive(_metadata: &EventsMetadata) {
    up();
}

/// One more has been received.
pub(crate) fn up() {
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    if count == WANTED.load(Ordering::Acquire) {
        *REACHED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        NOTIFIED.notify_all();
    }
}

pub(crate) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// Expects this many from now on.
pub(crate) fn expect(events: u64) {
    COUNT.store(0, Ordering::Relaxed);
    *REACHED.lock().unwrap_or_else(PoisonError::into_inner) = None;
    WANTED.store(events, Ordering::Release);
}

/// When the last of those that are [expected](expect) came. Waits for it.
pub(crate) fn wait() -> Instant {
    let reached = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = NOTIFIED.wait_timeout_while(reached, TIMEOUT, |reached| reached.is_none());
    let (reached, _) = waited.unwrap_or_else(PoisonError::into_inner);
    reached.unwrap_or_else(|| panic!("{} of {WANTED:?} events came", count()))
}
