use openedx_events::{AnyEvent, EventsMetadata, receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn notify(metadata: EventsMetadata) {
    let _ = metadata;
}

#[receiver(ORDER_PLACED)]
fn count(metadata: &str, from_event_bus: &bool) {
    let _ = (metadata, from_event_bus);
}

#[receiver(ORDER_PLACED)]
fn log(event: &OrderShipped) {
    let _ = event;
}

#[receiver(ORDER_PLACED)]
fn print(signal: &openedx_events::Signal<OrderShipped>) {
    let _ = signal;
}

#[receiver(any)]
fn audit(event: &OrderPlaced, signal: &openedx_events::Signal<OrderPlaced>) {
    let _ = (event, signal);
}

#[receiver(any)]
async fn trace(event: Box<dyn AnyEvent>) {
    let _ = event;
}

fn main() {}
