use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub _number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub __event: i64,
}

fn main() {}
