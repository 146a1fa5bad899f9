use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
#[receiver(ORDER_PLACED, priority = 1)]
fn twice(number: i64) {
    let _ = number;
}

#[receiver(crate::ORDER_PLACED)]
#[openedx_events::receiver(crate::ORDER_PLACED)]
async fn by_a_path() {}

#[receiver(any)]
#[receiver(ORDER_PLACED)]
fn included() {}

#[receiver(ORDER_PLACED)]
#[receiver(any)]
fn included_below() {}

fn main() {}
