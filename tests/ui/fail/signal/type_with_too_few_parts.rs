use openedx_events::signal;

#[signal("order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {
    // By its field, of which the mistake is none.
    ORDER_PLACED.send_event(1);
}
