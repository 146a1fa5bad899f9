use openedx_events::signal;

#[signal("org.example.shop.order.placed")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v0")]
pub struct OrderShipped {
    pub number: i64,
}

#[signal("org.example.shop.order.returned.V1")]
pub struct OrderReturned {
    pub number: i64,
}

fn main() {
    ORDER_PLACED.send_event(OrderPlaced { number: 1 });
}
