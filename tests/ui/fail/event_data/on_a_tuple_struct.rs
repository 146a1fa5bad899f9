use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub struct OrderNumber(i64);

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: OrderNumber,
}

fn main() {}
