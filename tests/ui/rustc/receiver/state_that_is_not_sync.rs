use std::cell::Cell;

use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn notify(#[state] count: &Cell<i64>) {
    count.set(1);
}

#[receiver(ORDER_PLACED)]
async fn index(#[state] count: &Cell<i64>) {
    count.set(1);
}

fn main() {}
