use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, priority = 1, priority = 2, crate = openedx_events, crate = openedx_events)]
fn notify() {}

#[receiver(ORDER_PLACED, attempts = 1, attempts = 2, dedup, dedup, time_limit = "1s", time_limit = "1s")]
fn count() {}

#[receiver(ORDER_PLACED, first_pause = "1s", first_pause = "2s", longest_pause = "1m", longest_pause = "1s")]
fn index() {}

fn main() {}
