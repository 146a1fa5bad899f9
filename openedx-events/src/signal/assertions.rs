//! What the compiler evaluates about the signals of a receiver, for generated code.

use super::event::Event;
use super::info::EventInfo;
use super::typed::Signal;
use crate::avro::Wire;

/// The declaration of a signal's event.
pub const fn event_of<E: Event>(_signal: &Signal<E>) -> &'static EventInfo {
    E::INFO
}

/// Whether these are two events.
pub const fn is_another(a: &EventInfo, b: &EventInfo) -> bool {
    !(is_same(a.event_type, b.event_type)
        && is_same(a.module, b.module)
        && is_same(a.signal_name, b.signal_name))
}

/// Whether the signal's event can come from the event bus.
pub const fn is_for_the_bus<E: Event>(_signal: &Signal<E>) -> bool {
    !matches!(E::WIRE, Wire::InProcess(_))
}

/// Does not compile, with this message at the caller's place, unless the condition holds.
///
/// # Panics
///
/// The condition does not hold.
#[track_caller]
pub const fn require(condition: bool, message: &str) {
    assert!(condition, "{}", message);
}

/// `==` of texts, which is not const.
pub(crate) const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut index = 0;
    while index < a.len() && index < b.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    a.len() == b.len()
}
