use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub union OrderPlaced {
    number: i64,
    price: f64,
}

fn main() {}
