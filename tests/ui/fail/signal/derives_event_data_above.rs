use openedx_events::{EventData, signal};

#[derive(Clone, EventData)]
#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[derive(openedx_events::EventData)]
#[derive(Clone)]
#[openedx_events::signal("org.example.shop.order.shipped.v1", key = number)]
pub struct OrderShipped {
    #[event_data(pii)]
    pub number: i64,
}

#[derive(EventData)]
#[cfg_attr(all(), signal("org.example.shop.order.lost.v1"))]
pub struct OrderLost {
    pub number: i64,
}

fn main() {
    ORDER_PLACED.send_event(1);
    ORDER_SHIPPED.send_event(1);
    ORDER_LOST.send_event(1);
}
