use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, first_pause = "1m", longest_pause = "30s")]
fn notify() {}

#[receiver(longest_pause = "999ms", first_pause = "1s", prio = 1)]
fn without_a_signal() {}

fn main() {}
