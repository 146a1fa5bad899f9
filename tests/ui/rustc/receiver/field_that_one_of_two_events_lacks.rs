use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub price: f64,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub number: i64,
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
fn notify(number: i64, price: f64) {
    let _ = (number, price);
}

fn main() {}
