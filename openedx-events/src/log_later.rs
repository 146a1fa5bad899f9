//! Logging behind locks: whatever takes the log is foreign code, and may send events that need the lock.

use std::cell::RefCell;

thread_local! {
    static HELD: RefCell<Held> = const { RefCell::new(Held { locks: 0, logs: Vec::new() }) };
}

struct Held {
    /// The number of [`Behind`] of this thread.
    locks: usize,
    logs: Vec<Box<dyn FnOnce()>>,
}

/// Keeps what is [logged](log) on this thread until it is dropped, behind the lock that was taken after it.
#[must_use = "to be dropped after the lock"]
pub(crate) struct Behind(());

/// To be called before a lock is taken under which something is logged.
pub(crate) fn behind() -> Behind {
    // A thread that ends may have lost it: then everything is logged at once.
    let _ = HELD.try_with(|held| held.borrow_mut().locks += 1);
    Behind(())
}

impl Drop for Behind {
    fn drop(&mut self) {
        let release = |held: &RefCell<Held>| {
            let mut held = held.borrow_mut();
            held.locks = held.locks.saturating_sub(1);
            if held.locks == 0 { std::mem::take(&mut held.logs) } else { Vec::new() }
        };
        for log in HELD.try_with(release).unwrap_or_default() {
            log();
        }
    }
}

/// Logs now, or behind the locks of this thread.
pub(crate) fn log(log: impl FnOnce() + 'static) {
    let is_held = HELD.try_with(|held| held.borrow().locks > 0).unwrap_or_default();
    if !is_held {
        return log();
    }
    // Boxed outside of the borrow: an allocator is foreign code too.
    let log = Box::new(log);
    let _ = HELD.try_with(|held| held.borrow_mut().logs.push(log));
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::sync;

    #[test]
    fn what_is_logged_under_locks_comes_behind_the_outermost() {
        let logged = Arc::new(Mutex::new(Vec::new()));
        let write = |number: i32| {
            let logged = Arc::clone(&logged);
            log(move || sync::lock(&logged).push(number));
        };
        let read = || sync::lock(&logged).clone();
        write(1);
        assert_eq!(read(), [1]);
        {
            let _outer = behind();
            write(2);
            {
                let _inner = behind();
                write(3);
            }
            assert_eq!(read(), [1]);
        }
        assert_eq!(read(), [1, 2, 3]);
        write(4);
        assert_eq!(read(), [1, 2, 3, 4]);
    }
}
