use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, max_attempts = 0, initial_backoff = "0s", max_backoff = "30", timeout = 10, outage_limit = "0s", dedup = true)]
fn several_at_once() {}

#[receiver(ORDER_PLACED, max_attempts, initial_backoff, max_backoff =, timeout("1s"), dedup(true))]
fn without_values() {}

#[receiver(ORDER_PLACED, max_attempts = "8", initial_backoff = "1.5s", max_backoff = "1 s", timeout = "1min")]
fn not_numbers() {}

#[receiver(ORDER_PLACED, max_attempts = -1, initial_backoff = "-1s", max_backoff = "", timeout = "ms")]
fn negative() {}

#[receiver(ORDER_PLACED, max_attempts = 4_294_967_296, initial_backoff = "18446744073709551616ms", timeout = "5124095576030432h")]
fn too_large() {}

#[receiver(ORDER_PLACED, max_attempts = 1.0, timeout = 10s, max_backoff = "1s" + "1s")]
fn not_literals() {}

fn main() {}
