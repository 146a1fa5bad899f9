use openedx_events::{AnyEvent, AnySignal, Context, EventsMetadata, Signal, receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn metadata(number: i64, meta: &EventsMetadata) {
    let _ = (number, meta);
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
async fn metadata_of_two_signals(metadata_: &openedx_events::EventsMetadata) {
    let _ = metadata_;
}

#[receiver(ORDER_PLACED)]
fn event(order: &OrderPlaced) {
    let _ = order;
}

#[receiver(ORDER_PLACED)]
fn any_event(message: &dyn AnyEvent, payload: OrderPlaced) {
    let _ = (message, payload);
}

#[receiver(ORDER_PLACED)]
fn signal(sender: &Signal<OrderPlaced>, source: &'static dyn AnySignal) {
    let _ = (sender, source);
}

#[receiver(ORDER_PLACED)]
fn context(context: &Context<'_>) {
    let _ = context;
}

fn main() {}
