use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub event: i64,
    pub metadata: i64,
    pub signal: i64,
    pub from_event_bus: bool,
    pub state: i64,
}

fn main() {}
