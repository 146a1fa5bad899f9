use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: i64,
    pub note: Option<String>,
    pub price: f64,
}

#[signal("org.example.shop.order.placed.v1", key = order)]
pub struct OrderPlaced {
    pub order: OrderData,
}

#[signal("org.example.shop.order.shipped.v1", key = order.note)]
pub struct OrderShipped {
    pub order: OrderData,
}

#[signal("org.example.shop.order.paid.v1", key = order.price)]
pub struct OrderPaid {
    pub order: OrderData,
}

fn main() {}
