use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub struct OrderData<'a> {
    pub note: &'a str,
}

#[derive(Debug, EventData)]
pub enum Payment<'a> {
    Card(&'a str),
}

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub order: OrderData<'static>,
}

fn main() {}
