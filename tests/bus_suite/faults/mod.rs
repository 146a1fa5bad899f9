//! The faults, each of which breaks one promise.

pub(crate) mod attempts;
pub(crate) mod groups;
pub(crate) mod parked_events;
pub(crate) mod parking;
pub(crate) mod publishing;
pub(crate) mod reading;
pub(crate) mod restarting;
pub(crate) mod secrets;
pub(crate) mod stopping;
pub(crate) mod writing;

use std::sync::{Mutex, MutexGuard, PoisonError};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
