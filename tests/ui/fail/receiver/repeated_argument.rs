use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, priority = 1, priority = 2, crate = openedx_events, crate = openedx_events)]
fn notify() {}

fn main() {}
