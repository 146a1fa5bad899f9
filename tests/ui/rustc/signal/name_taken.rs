use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1", name = ORDER)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1", name = ORDER)]
pub struct OrderShipped {
    pub number: i64,
}

fn main() {}
