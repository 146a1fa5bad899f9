//! `ev` is what this crate calls `openedx-events`. Every macro gets the name here, and finds it in `unnamed`.

pub mod unnamed;

use std::sync::atomic::{AtomicI64, Ordering};

use ev::{AnyEvent, EventData, filter, pipeline_step, receiver, signal};

static SEEN: AtomicI64 = AtomicI64::new(0);

#[derive(Clone, EventData)]
#[event_data(crate = ev, serde)]
pub struct Order {
    pub number: i64,
    #[event_data(pii)]
    pub address: String,
    #[event_data(default)]
    pub payment: Payment,
}

#[derive(Clone, Copy, Debug, Default, EventData)]
#[event_data(crate = ::ev)]
pub enum Payment {
    #[default]
    Card,
    Cash,
}

#[signal("org.example.renamed.order.placed.v1", key = order.number, crate = ev)]
pub struct OrderPlaced {
    pub order: Order,
}

pub struct Pool(i64);

#[receiver(ORDER_PLACED, crate = ev)]
fn sync(order: &Order, #[state] pool: &Pool) -> Result<(), std::fmt::Error> {
    SEEN.fetch_add(order.number + pool.0, Ordering::Relaxed);
    Ok(())
}

#[receiver(ORDER_PLACED, crate = ev, max_attempts = 2, max_backoff = "1s", dedup)]
async fn asynchronous(order: &Order) {
    let _ = order;
}

#[receiver(any, crate = ev)]
fn every(event: &dyn AnyEvent) {
    let _ = event;
}

/// Sends one event and gives what the receiver made of it.
pub fn send() -> i64 {
    let _ = ev::provide(Pool(10));
    ORDER_PLACED.send_event(Order { number: 1, address: String::new(), payment: Payment::Card });
    SEEN.load(Ordering::Relaxed)
}

#[filter("org.example.renamed.price.requested.v1", halts = PriceHalt, crate = ev)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

#[derive(Debug)]
pub struct PriceHalt;

#[pipeline_step(PRICE_REQUESTED, crate = ::ev, on_failure = "pass_over")]
fn sale(cents: &mut i64, #[state] pool: &Pool) -> Result<(), PriceHalt> {
    *cents += pool.0;
    if *cents > 100 { Err(PriceHalt) } else { Ok(()) }
}

/// Runs one filter and gives what its step made of it.
pub fn run() -> i64 {
    let _ = ev::provide(Pool(10));
    PRICE_REQUESTED.run_filter(PriceRequested { cents: 1 }).map_or(0, |price| price.cents)
}
