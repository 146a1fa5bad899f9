use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn notify<T: Into<i64>>(number: T) {
    let _ = number.into();
}

#[receiver(ORDER_PLACED)]
fn count<const N: usize>() {}

fn main() {}
