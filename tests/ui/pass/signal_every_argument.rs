#![deny(warnings)]

use openedx_events::{Event as _, EventData, signal};

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: i64,
}

#[signal(
    "org.example.shop.order-line.placed",
    key = order.number,
    minor_version = 2,
    trigger_repository = "example/shop",
    warning = "sent twice on a retry",
    unversioned,
    hyphenated,
    name = PLACED,
    crate = openedx_events,
)]
pub struct OrderLinePlaced {
    pub order: OrderData,
    pub lines: Vec<String>,
}

fn main() {
    let event = OrderLinePlaced { order: OrderData { number: 7 }, lines: Vec::new() };
    assert_eq!(event.key().as_deref(), Some("7"));
    assert_eq!(OrderLinePlaced::INFO.key_field, Some("order.number"));
    assert_eq!(OrderLinePlaced::INFO.minor_version, 2);
    PLACED.send_event(event);
}
