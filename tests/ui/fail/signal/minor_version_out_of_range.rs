use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1", minor_version = -1)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1", minor_version = 5_000_000_000)]
pub struct OrderShipped {
    pub number: i64,
}

#[signal("org.example.shop.order.returned.v1", minor_version = 1.5)]
pub struct OrderReturned {
    pub number: i64,
}

#[signal("org.example.shop.order.closed.v1", minor_version = 4_294_967_295)]
pub struct OrderClosed {
    pub number: i64,
}

fn main() {}
