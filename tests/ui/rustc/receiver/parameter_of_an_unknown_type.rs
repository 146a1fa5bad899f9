use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub note: String,
}

#[receiver(ORDER_PLACED)]
fn notify(note: &Strin) {
    let _ = note;
}

#[receiver(ORDER_PLACED)]
fn infer(note: _) {
    let _ = note;
}

fn main() {}
