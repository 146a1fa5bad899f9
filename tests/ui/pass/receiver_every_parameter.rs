#![deny(warnings)]

use openedx_events::{AnyEvent, AnySignal, EventData, EventsMetadata, Signal, receiver, signal};

#[derive(Clone, Debug, EventData)]
pub struct OrderData {
    pub number: i64,
}

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub order: OrderData,
    pub price: f64,
    pub note: Option<String>,
    pub lines: Option<Vec<i64>>,
    pub names: Vec<String>,
    pub r#type: String,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub order: OrderData,
}

pub struct Pool;

#[receiver(ORDER_PLACED, priority = -1, off, crate = openedx_events)]
fn fields(
    mut price: f64,
    order: &OrderData,
    note: Option<&str>,
    lines: Option<&[i64]>,
    names: &[String],
    r#type: &str,
) {
    price += 1.0;
    let _ = (price, order.number, note, lines, names, r#type);
}

#[receiver(ORDER_PLACED)]
fn whole_options(note: &Option<String>, lines: Option<&Vec<i64>>, _names: &Vec<String>, _type: &String) {
    let _ = (note, lines);
}

#[receiver(ORDER_PLACED)]
async fn everything(
    #[state] pool: &Pool,
    event: &OrderPlaced,
    metadata: &EventsMetadata,
    signal: &Signal<OrderPlaced>,
    from_event_bus: bool,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let _ = (pool, &event.order, metadata, signal, from_event_bus);
    Ok(())
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
fn two_signals(order: &OrderData, event: &dyn AnyEvent, signal: &dyn AnySignal) -> Result<(), std::fmt::Error> {
    let _ = (order, event.info(), signal.event_type());
    Ok(())
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
async fn lifetimes<'a, 'b>(order: &'a OrderData, metadata: &'b EventsMetadata) {
    let _ = (order, metadata);
}

#[receiver(
    ORDER_PLACED,
    max_attempts = 8,
    initial_backoff = "200ms",
    max_backoff = "30s",
    timeout = "10m",
    outage_limit = "1h",
    dedup,
    priority = 1,
)]
fn delivered() {}

#[receiver(dedup, timeout = "1h", ORDER_PLACED, max_attempts = 4_294_967_295u32)]
async fn delivered_in_another_order() {}

#[receiver(any, initial_backoff = "1s", max_backoff = "1000ms")]
fn any_delivered() {}

#[receiver(any)]
async fn audit(event: &dyn AnyEvent, signal: &'static dyn AnySignal, _metadata: &EventsMetadata) {
    let _ = (event.info(), signal);
}

fn main() {
    fields(1.0, &OrderData { number: 1 }, None, None, &[], "");
}
