use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: u64,
}

#[signal("org.example.shop.order.shipped.v1", key = number)]
pub struct OrderShipped {
    pub number: i64,
    pub carrier: &'static str,
    #[event_data(default)]
    pub parcels: usize,
    #[event_data(pii)]
    pub address: Box<str>,
}

fn main() {}
