use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1", kee = number)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1", priority = 1)]
pub struct OrderShipped {
    pub number: i64,
}

#[signal("org.example.shop.order.returned.v1", { nonsense })]
pub struct OrderReturned {
    pub number: i64,
}

fn main() {}
