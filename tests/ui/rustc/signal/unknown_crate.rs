use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1", crate = my_events)]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {}
