use openedx_events::{EventData, signal};

#[signal("org.example.shop.order.placed.v1")]
#[derive(EventData)]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {}
