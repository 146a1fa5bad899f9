use openedx_events::signal;

#[derive(Clone, Debug, PartialEq)]
#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {}
