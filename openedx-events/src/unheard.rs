//! What is printed where nothing takes the log.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::panics;

/// Whether a failure was printed, or is printed by the program itself.
static IS_SAID: AtomicBool = AtomicBool::new(false);

/// Prints the first failure to standard error if the program has no subscriber: otherwise nobody would learn that there are any.
/// The others have no place but the log.
#[cold]
pub(crate) fn failure(text: fmt::Arguments<'_>) {
    if is_heard() || IS_SAID.swap(true, Ordering::Relaxed) {
        return;
    }
    print(format_args!(
        "{text}. Further failures are only logged: to see them, install a subscriber of `tracing`"
    ));
}

/// Prints a mistake of the program to standard error if it has no subscriber.
pub(crate) fn mistake(text: fmt::Arguments<'_>) {
    if !is_heard() {
        print(text);
    }
}

/// Leaves failures to the caller, who prints each of them.
#[cfg(feature = "cli")]
pub(crate) fn leave_failures() {
    IS_SAID.store(true, Ordering::Relaxed);
}

fn is_heard() -> bool {
    tracing::dispatcher::has_been_set()
}

/// Where tests capture it. A standard error that is closed is no reason to fail.
fn print(text: fmt::Arguments<'_>) {
    let _ = panics::catch(|| eprintln!("openedx-events: {text}"));
}
