use openedx_events::signal;

#[signal("org.example..shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("")]
pub struct OrderShipped {
    pub number: i64,
}

fn main() {}
