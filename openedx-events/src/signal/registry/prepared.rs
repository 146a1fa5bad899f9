//! The registry as sends see it, with the receivers that are on: [`prepare`] and [`wire`].

use std::sync::{Mutex, MutexGuard};

use super::Registry;
use super::registration::Registration;
use super::wiring::{Wiring, WiringError};
use crate::sync;

/// How the receivers are wired.
struct Wired {
    wiring: Wiring,
    /// The registry whose signals are prepared. From the first one on, the wiring is final.
    prepared: Option<&'static Registry>,
}

static WIRED: Mutex<Wired> = Mutex::new(Wired { wiring: Wiring::new(), prepared: None });

/// Locks it, with a registry that is at least as new as what was registered before the call.
fn lock() -> (MutexGuard<'static, Wired>, &'static Registry) {
    // Before the lock: it logs, and the log is foreign code that may send events.
    let registry = super::get();
    (sync::lock(&WIRED), registry)
}

/// Gives each signal the receivers that are on. From then on the wiring is final.
pub(crate) fn prepare() {
    let (mut wired, registry) = lock();
    // Another thread may have prepared a newer one.
    if wired.prepared.is_some_and(|prepared| prepared.number >= registry.number) {
        return;
    }
    for signal in registry.signals() {
        let event_type = signal.event_type();
        let receivers = registry.receivers_of(signal.event_id());
        let on: Vec<_> = receivers.filter(|receiver| wired.wiring.is_on(receiver, event_type)).collect();
        signal.prepare(&on, registry.places_of_duplicate(event_type).is_some());
    }
    wired.prepared = Some(registry);
    registry.latest.mark_prepared();
}

/// How the receivers are wired by now.
#[cfg(feature = "cli")]
pub(super) fn wiring() -> Wiring {
    sync::lock(&WIRED).wiring.clone()
}

/// Whether some event reaches a receiver, as the receivers are wired by now.
pub(crate) fn is_on(receiver: &Registration) -> bool {
    sync::lock(&WIRED).wiring.is_on_for_any(receiver)
}

/// Wires the receivers, unless this is too late. Returns whether something changes.
pub(super) fn wire(wiring: &Wiring) -> Result<bool, WiringError> {
    let (mut wired, _) = lock();
    if wired.wiring == *wiring {
        return Ok(false);
    }
    if wired.prepared.is_some() {
        return Err(WiringError::too_late());
    }
    wired.wiring = wiring.clone();
    Ok(true)
}
