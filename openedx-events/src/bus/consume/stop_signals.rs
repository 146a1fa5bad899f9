//! SIGTERM and SIGINT as a request to stop: [`StopSignals`].

use std::io;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::sync;

/// The first signal has arrived.
static HAS_COME: AtomicBool = AtomicBool::new(false);
/// Nobody watches: signals have their default effect.
static IS_UNWATCHED: AtomicBool = AtomicBool::new(true);
static WATCHERS: Mutex<Watchers> = Mutex::new(Watchers { are_installed: false, count: 0 });

struct Watchers {
    are_installed: bool,
    count: usize,
}

/// While this lives, the first SIGTERM or SIGINT is recorded and the second one ends the process at once, with exit code 143
/// or 130. Otherwise they have their default effect.
///
/// Several may live at once; all of them see the first signal.
pub(crate) struct StopSignals(());

impl StopSignals {
    /// Starts watching.
    ///
    /// # Errors
    ///
    /// The handlers cannot be installed.
    pub(crate) fn watch() -> io::Result<Self> {
        let mut watchers = watchers();
        if !watchers.are_installed {
            // They run in this order, so that the first signal is recorded and the next one finds it recorded.
            for signal in [SIGTERM, SIGINT] {
                flag::register_conditional_default(signal, &IS_UNWATCHED)?;
                flag::register_conditional_shutdown(signal, exit_code(signal), &HAS_COME)?;
                flag::register(signal, &HAS_COME)?;
            }
            watchers.are_installed = true;
        }
        if watchers.count == 0 {
            HAS_COME.store(false, Ordering::SeqCst);
            IS_UNWATCHED.store(false, Ordering::SeqCst);
        }
        watchers.count += 1;
        Ok(Self(()))
    }

    /// Whether the first signal has arrived.
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

/// As shells define it.
fn exit_code(signal: c_int) -> c_int {
    128 + signal
}
