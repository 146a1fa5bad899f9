//! The macros in a crate of the edition before.

use std::sync::atomic::{AtomicI64, Ordering};

use openedx_events::{filter, pipeline_step, receiver, signal, AnyEvent, EventData};

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

#[filter("org.example.edition.price.requested.v1", halts = String)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    /// A keyword of the next edition.
    pub gen: Option<String>,
}

#[filter("org.example.edition.fee.requested.v1", async)]
#[derive(Clone)]
pub struct FeeRequested {
    pub gen: i64,
}

#[pipeline_step(PRICE_REQUESTED)]
fn sale(cents: &mut i64, gen: Option<&str>) -> Result<(), String> {
    *cents += 1;
    gen.map_or(Ok(()), |gen| Err(gen.to_owned()))
}

#[pipeline_step(FEE_REQUESTED)]
async fn add(gen: &mut i64) {
    *gen += 1;
}

/// Runs one filter and gives what its step made of it.
pub fn run() -> i64 {
    drop(FEE_REQUESTED.run_filter_async(FeeRequested { gen: 1 }));
    PRICE_REQUESTED.run_filter(PriceRequested { cents: 1, gen: None }).map_or(0, |price| price.cents)
}
