use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced(i64);

fn main() {
    ORDER_PLACED.send_event(OrderPlaced(1));
}
