use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
pub const NOTIFY: fn(i64) = |number| println!("{number}");

fn main() {}
