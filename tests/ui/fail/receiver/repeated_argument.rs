use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, priority = 1, priority = 2, crate = openedx_events, crate = openedx_events)]
fn notify() {}

#[receiver(ORDER_PLACED, max_attempts = 1, max_attempts = 2, dedup, dedup, timeout = "1s", timeout = "1s", outage_limit = "1h", outage_limit = "2h")]
fn count() {}

#[receiver(ORDER_PLACED, initial_backoff = "1s", initial_backoff = "2s", max_backoff = "1m", max_backoff = "1s")]
fn index() {}

#[receiver(ORDER_PLACED, off, off)]
fn insure() {}

fn main() {}
