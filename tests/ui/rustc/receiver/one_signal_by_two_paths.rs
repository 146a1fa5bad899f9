use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub number: i64,
}

mod events {
    pub use crate::ORDER_PLACED;
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED, events::ORDER_PLACED)]
fn charge(number: i64) {
    println!("{number}");
}

#[receiver(ORDER_SHIPPED)]
#[receiver(ORDER_PLACED)]
#[receiver(self::events::ORDER_PLACED, priority = 2)]
async fn notify(number: i64) {
    println!("{number}");
}

fn main() {}
