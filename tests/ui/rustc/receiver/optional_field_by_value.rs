use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub note: Option<String>,
    pub discount: Option<i64>,
    pub lines: Vec<String>,
}

#[receiver(ORDER_PLACED)]
fn number(discount: i64) {
    let _ = discount;
}

#[receiver(ORDER_PLACED)]
async fn text(note: String) {
    let _ = note;
}

#[receiver(ORDER_PLACED)]
fn reference(note: &str, discount: &i64) {
    let _ = (note, discount);
}

#[receiver(ORDER_PLACED)]
fn other_option(discount: Option<u8>, number: Option<i64>, note: Option<String>) {
    let _ = (discount, number, note);
}

fn main() {}
