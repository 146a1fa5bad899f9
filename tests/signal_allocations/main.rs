//! A send whose receivers succeed does not allocate. Counted over many sends, as the thread's random generator takes new
//! seeds now and then.

#![allow(missing_docs, reason = "a program; the macros make its statics as visible as their structs")]

mod support;

use std::pin::pin;
use std::task::{self, Poll, Waker};

use openedx_events::{AnySignal as _, Context, EventsMetadata, ReceiverResult, receiver, signal};
use support::allocations_of;

macro_rules! parcel_signals {
    ($($event:ident $event_type:literal)*) => {
        $(#[signal($event_type)]
        #[derive(Clone)]
        pub struct $event {
            pub addressee: String,
        })*
    };
}

parcel_signals! {
    Registered "org.example.allocations.parcel.registered.v1"
    Connected "org.example.allocations.parcel.connected.v1"
    Both "org.example.allocations.parcel.both.v1"
    Disabled "org.example.allocations.parcel.disabled.v1"
    Nobody "org.example.allocations.parcel.nobody.v1"
}

#[receiver(REGISTERED, BOTH, DISABLED)]
fn takes_a_field(addressee: &str) {
    assert!(!addressee.is_empty());
}

#[receiver(REGISTERED, BOTH)]
fn takes_all_there_is(metadata: &EventsMetadata, from_event_bus: bool) -> Result<(), String> {
    metadata.id().get_version().ok_or_else(|| format!("no id; from the bus: {from_event_bus}"))?;
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "what a connected closure returns")]
fn succeed<E>(_: &E, _: &Context<'_>) -> ReceiverResult {
    Ok(())
}

fn addressee() -> String {
    "Ada Lovelace".to_owned()
}

#[test]
fn registered_receivers() {
    let event = Registered { addressee: addressee() };
    let metadata = REGISTERED.generate_metadata();
    assert_eq!(allocations_of(|| REGISTERED.event_ref(&event).send()), 0);
    assert_eq!(
        allocations_of(|| REGISTERED.event_ref(&event).metadata(&metadata).from_event_bus().send()),
        0
    );
    assert_eq!(REGISTERED.event_ref(&event).send().len(), 2);
}

#[test]
fn an_owned_event() {
    let mut events: Vec<_> = (0..support::SENDS * 2).map(|_| Registered { addressee: addressee() }).collect();
    assert_eq!(allocations_of(|| REGISTERED.send_event(events.pop().expect("enough"))), 0);
}

#[test]
fn connected_closures() {
    let event = Connected { addressee: addressee() };
    let _first = CONNECTED.connect("first", succeed);
    let _second = CONNECTED.connect("second", succeed);
    assert_eq!(allocations_of(|| CONNECTED.event_ref(&event).send()), 0);
    assert_eq!(CONNECTED.event_ref(&event).send().len(), 2);
}

#[test]
fn registered_receivers_and_a_connected_closure() {
    let event = Both { addressee: addressee() };
    let _connection = BOTH.connect("closure", succeed);
    assert_eq!(allocations_of(|| BOTH.event_ref(&event).send()), 0);
    assert_eq!(BOTH.event_ref(&event).send().len(), 3);
}

#[test]
fn a_disabled_signal() {
    let event = Disabled { addressee: addressee() };
    DISABLED.disable();
    assert_eq!(allocations_of(|| DISABLED.event_ref(&event).send()), 0);
    assert!(DISABLED.event_ref(&event).send().is_empty());
}

#[test]
fn a_signal_without_receivers() {
    let event = Nobody { addressee: addressee() };
    assert_eq!(allocations_of(|| NOBODY.event_ref(&event).send()), 0);
    assert!(NOBODY.event_ref(&event).send().is_empty());
}

/// Neither for the event nor for its metadata: that there are no receivers is known before either is created.
#[test]
fn an_awaited_send_to_no_receivers() {
    let mut events: Vec<_> = (0..support::SENDS * 2).map(|_| Nobody { addressee: String::new() }).collect();
    let mut send = || {
        let send = pin!(NOBODY.send_event_async(events.pop().expect("enough")));
        let Poll::Ready(responses) = send.poll(&mut task::Context::from_waker(Waker::noop())) else {
            panic!("nobody is waited for")
        };
        responses
    };
    assert_eq!(allocations_of(&mut send), 0);
}

/// The other tests rely on this.
#[test]
fn an_allocation_is_counted() {
    let send = || REGISTERED.send_event(Registered { addressee: addressee() });
    assert_eq!(allocations_of(send), support::SENDS as u64);
}
