use openedx_events::{EventData, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[derive(Debug, EventData)]
pub struct HistoryData {
    pub orders: Vec<OrderPlaced>,
}

fn main() {}
