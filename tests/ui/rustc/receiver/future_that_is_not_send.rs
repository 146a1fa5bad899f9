use std::rc::Rc;

use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
async fn notify(number: i64) {
    let shared = Rc::new(number);
    std::future::ready(()).await;
    drop(shared);
}

fn main() {}
