//! As `signal_allocations`, with a receiver of every event, which needs a program of its own.

#![allow(missing_docs, reason = "a program; the macros make its statics as visible as their structs")]

mod support;

use openedx_events::{AnyEvent, receiver, signal};
use support::allocations_of;

/// A parcel was sent.
#[signal("org.example.allocations.parcel.sent.v1")]
#[derive(Clone)]
pub struct ParcelSent {
    pub addressee: String,
}

#[receiver(any)]
fn audit(event: &dyn AnyEvent) {
    assert_eq!(event.info().signal_name, "PARCEL_SENT");
}

#[receiver(PARCEL_SENT)]
fn takes_a_field(addressee: &str) {
    assert!(!addressee.is_empty());
}

#[test]
fn a_receiver_of_every_event() {
    let event = ParcelSent { addressee: "Ada Lovelace".to_owned() };
    assert_eq!(allocations_of(|| PARCEL_SENT.event_ref(&event).send()), 0);
    assert_eq!(PARCEL_SENT.event_ref(&event).send().len(), 2);
}
