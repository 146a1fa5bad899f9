use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: i64,
}

#[signal("org.example.shop.order.placed.v1", key = ordr.number)]
pub struct OrderPlaced {
    pub order: OrderData,
}

#[signal("org.example.shop.order.shipped.v1", key = order.nummer)]
pub struct OrderShipped {
    pub order: OrderData,
}

fn main() {}
