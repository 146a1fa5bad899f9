use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: i64,
}

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub order: OrderData,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub order: OrderData,
}

fn main() {
    ORDER_PLACED.send_event("order");
    ORDER_PLACED.send_event(OrderShipped { order: OrderData { number: 1 } });
    ORDER_PLACED.send_event(&OrderPlaced { order: OrderData { number: 1 } });
    ORDER_PLACED.send_event();
    let _sending = ORDER_PLACED.send_event_async(1);
}
