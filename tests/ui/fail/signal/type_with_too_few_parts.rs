use openedx_events::signal;

#[signal("order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {}
