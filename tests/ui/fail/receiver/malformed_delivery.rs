use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, attempts = 0, first_pause = "0s", longest_pause = "30", time_limit = 10, dedup = true)]
fn several_at_once() {}

#[receiver(ORDER_PLACED, attempts, first_pause, longest_pause =, time_limit("1s"), dedup(true))]
fn without_values() {}

#[receiver(ORDER_PLACED, attempts = "8", first_pause = "1.5s", longest_pause = "1 s", time_limit = "1min")]
fn not_numbers() {}

#[receiver(ORDER_PLACED, attempts = -1, first_pause = "-1s", longest_pause = "", time_limit = "ms")]
fn negative() {}

#[receiver(ORDER_PLACED, attempts = 4_294_967_296, first_pause = "18446744073709551616ms", time_limit = "5124095576030432h")]
fn too_large() {}

#[receiver(ORDER_PLACED, attempts = 1.0, time_limit = 10s, longest_pause = "1s" + "1s")]
fn not_literals() {}

fn main() {}
