//! The macros in a crate of the edition before.

use std::sync::atomic::{AtomicI64, Ordering};

use openedx_events::{receiver, signal, AnyEvent, EventData};

static SEEN: AtomicI64 = AtomicI64::new(0);

#[derive(Clone, EventData)]
#[event_data(serde)]
pub struct Order {
    pub number: i64,
    #[event_data(pii)]
    pub address: String,
    #[event_data(default)]
    pub payment: Payment,
    /// A keyword of the next edition.
    pub gen: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, EventData)]
pub enum Payment {
    #[default]
    Card,
    Cash,
}

#[signal("org.example.edition.order.placed.v1", key = order.number)]
pub struct OrderPlaced {
    pub order: Order,
    pub gen: i64,
}

pub struct Pool(i64);

#[receiver(ORDER_PLACED)]
fn sync(order: &Order, #[state] pool: &Pool, gen: i64) -> Result<(), std::fmt::Error> {
    SEEN.fetch_add(order.number + pool.0 + gen, Ordering::Relaxed);
    Ok(())
}

#[receiver(ORDER_PLACED)]
async fn asynchronous(order: &Order) {
    let _ = order;
}

#[receiver(any)]
fn every(event: &dyn AnyEvent) {
    let _ = event;
}

/// Sends one event and gives what the receiver made of it.
pub fn send() -> i64 {
    openedx_events::provide(Pool(10)).expect("it is provided once");
    let order = Order { number: 1, address: String::new(), payment: Payment::Card, gen: None };
    ORDER_PLACED.send_event(OrderPlaced { order, gen: 0 });
    SEEN.load(Ordering::Relaxed)
}
