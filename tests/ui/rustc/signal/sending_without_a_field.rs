use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub price: f64,
}

fn main() {
    ORDER_PLACED.send_event(OrderPlaced { number: 1 });
}
