//! SIGTERM and SIGINT as a wish to stop: [`StopSignals`].

use std::io;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::sync;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The first signal has come.
static HAS_COME: AtomicBool = AtomicBool::new(false);
/// Nobody watches: signals do what they do by default.
static IS_UNWATCHED: AtomicBool = AtomicBool::new(true);
static WATCHERS: Mutex<Watchers> = Mutex::new(Watchers { are_handlers_there: false, count: 0 });

struct Watchers {
    are_handlers_there: bool,
    count: usize,
}

/// While this lives, the first SIGTERM or SIGINT is noted and the second one ends the process at once, with the code 143
/// or 130. Else they do what they do by default.
///
/// Several may live at once; all of them see the first signal.
pub(crate) struct StopSignals(());

impl StopSignals {
    /// Begins to watch.
    ///
    /// # Errors
    ///
    /// The system does not allow it.
    pub(crate) fn watch() -> io::Result<Self> {
        let mut watchers = watchers();
        if !watchers.are_handlers_there {
            // They run in this order, so that the first signal is noted and the next one finds it noted.
            for signal in [SIGTERM, SIGINT] {
                flag::register_conditional_default(signal, &IS_UNWATCHED)?;
                flag::register_conditional_shutdown(signal, exit_code(signal), &HAS_COME)?;
                flag::register(signal, &HAS_COME)?;
            }
            watchers.are_handlers_there = true;
        }
        if watchers.count == 0 {
            HAS_COME.store(false, Ordering::SeqCst);
            IS_UNWATCHED.store(false, Ordering::SeqCst);
        }
        watchers.count += 1;
        Ok(Self(()))
    }

    /// Whether the first signal has come.
    pub(crate) fn has_come(&self) -> bool {
        let Self(()) = self;
        HAS_COME.load(Ordering::SeqCst)
    }
}

impl Drop for StopSignals {
    fn drop(&mut self) {
        let mut watchers = watchers();
        watchers.count -= 1;
        if watchers.count == 0 {
            IS_UNWATCHED.store(true, Ordering::SeqCst);
        }
    }
}

fn watchers() -> MutexGuard<'static, Watchers> {
    sync::lock(&WATCHERS)
}

/// As shells have it.
fn exit_code(signal: c_int) -> c_int {
    128 + signal
}
