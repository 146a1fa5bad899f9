use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub note: String,
}

#[receiver(ORDER_PLACED)]
fn notify(note: &'static str) {
    let _ = note;
}

#[receiver(ORDER_PLACED)]
async fn index(note: &'static str) {
    let _ = note;
}

fn main() {}
