use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub note: String,
    pub lines: Vec<String>,
}

#[receiver(ORDER_PLACED)]
fn notify(note: String) {
    let _ = note;
}

#[receiver(ORDER_PLACED)]
async fn index(number: i64, lines: Vec<String>, event: OrderPlaced) {
    let _ = (number, lines, event);
}

fn main() {}
