use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {}

fn main() {}
