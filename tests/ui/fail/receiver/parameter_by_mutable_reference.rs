use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn number(number: &mut i64) {
    *number += 1;
}

#[receiver(ORDER_PLACED)]
fn whole(event: &mut OrderPlaced) {
    event.number += 1;
}

#[receiver(ORDER_PLACED)]
fn state(#[state] count: &mut i64) {
    *count += 1;
}

fn main() {}
