use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

pub const ORDER: i64 = 1;

#[receiver(ORDER)]
fn notify(number: i64) {
    let _ = number;
}

#[receiver(OrderPlaced)]
fn count(number: i64) {
    let _ = number;
}

#[receiver(ORDER)]
async fn index() {}

fn main() {}
