use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    #[event_data(key)]
    pub number: i64,
    #[event_data(rename = "cost")]
    pub price: f64,
    #[event_data]
    pub lines: i64,
}

fn main() {}
