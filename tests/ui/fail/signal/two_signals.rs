use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
#[signal("org.example.shop.order.accepted.v1", name = ORDER_ACCEPTED)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
#[derive(Clone)]
#[cfg_attr(all(), openedx_events::signal("org.example.shop.order.sent.v1"))]
pub struct OrderShipped {
    pub number: i64,
}

fn main() {
    ORDER_PLACED.send_event(OrderPlaced { number: 1 });
    ORDER_ACCEPTED.send_event(OrderPlaced { number: 1 });
    ORDER_SHIPPED.send_event(OrderShipped { number: 1 });
}
