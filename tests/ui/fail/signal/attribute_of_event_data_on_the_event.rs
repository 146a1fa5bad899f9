use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
#[event_data(pii)]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {}
