use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn notify(#[state] text: &str) {
    let _ = text;
}

#[receiver(ORDER_PLACED)]
fn count<'a>(#[state] text: &'a &'a String) {
    let _ = text;
}

fn main() {}
