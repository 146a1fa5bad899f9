use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
fn order_placed() {}

fn main() {}
