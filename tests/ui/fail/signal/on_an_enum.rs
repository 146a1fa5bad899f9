use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub enum OrderPlaced {
    Online,
}

// One message: uses of the signal add none.
#[receiver(ORDER_PLACED)]
fn audit(event: &OrderPlaced) {
    let _ = event;
}

fn main() {}
