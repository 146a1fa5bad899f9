use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub note: String,
}

#[receiver(ORDER_PLACED)]
fn notify(note: Option<&String>) {
    let _ = note;
}

#[receiver(ORDER_PLACED)]
async fn index(note: Option<&str>, number: Option<&i64>) {
    let _ = (note, number);
}

fn main() {}
