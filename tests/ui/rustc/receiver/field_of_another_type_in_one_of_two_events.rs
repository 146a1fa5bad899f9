use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub number: String,
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
fn notify(number: &i64) {
    let _ = number;
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
fn log(event: &OrderPlaced) {
    let _ = event;
}

fn main() {}
