use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, prio = 1)]
fn notify() {}

#[receiver("ORDER_PLACED")]
fn count() {}

#[receiver(ORDER_PLACED())]
fn audit() {}

#[receiver(&ORDER_PLACED)]
fn log() {}

#[receiver(signal = ORDER_PLACED)]
fn print() {}

#[receiver(ORDER_PLACED ORDER_PLACED)]
fn index() {}

#[receiver(ORDER_PLACED, retry_after = "10s")]
fn send() {}

fn main() {}
