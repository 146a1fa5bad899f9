use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub enum OrderPlaced {
    Online,
}

// One message: the signal is there for those who use it.
#[receiver(ORDER_PLACED)]
fn audit(event: &OrderPlaced) {
    let _ = event;
}

fn main() {}
