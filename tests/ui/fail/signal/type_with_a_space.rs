use openedx_events::signal;

#[signal("org.example.shop.order line.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {}
