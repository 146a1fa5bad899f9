use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, initial_backoff = "1m", max_backoff = "30s")]
fn notify() {}

#[receiver(max_backoff = "999ms", initial_backoff = "1s", prio = 1)]
fn without_a_signal() {}

fn main() {}
