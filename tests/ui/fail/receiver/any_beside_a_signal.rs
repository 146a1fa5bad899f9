use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(any, ORDER_PLACED)]
fn notify() {}

#[receiver(ORDER_PLACED, any, any)]
fn count(number: i64) {
    let _ = number;
}

fn main() {}
