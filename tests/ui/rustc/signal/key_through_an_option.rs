use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: i64,
}

#[signal("org.example.shop.order.placed.v1", key = order.number)]
pub struct OrderPlaced {
    pub order: Option<OrderData>,
}

#[signal("org.example.shop.order.shipped.v1", key = orders.number)]
pub struct OrderShipped {
    pub orders: Vec<OrderData>,
}

fn main() {}
