use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub note: String,
    pub lines: Option<Vec<String>>,
}

#[receiver(ORDER_PLACED)]
fn by_reference(number: &String) {
    let _ = number;
}

#[receiver(ORDER_PLACED)]
fn by_value(number: u8) {
    let _ = number;
}

#[receiver(ORDER_PLACED)]
fn optional(lines: Option<&[i64]>) {
    let _ = lines;
}

#[receiver(ORDER_PLACED)]
fn several(number: &String, note: &i64) {
    let _ = (number, note);
}

#[receiver(ORDER_PLACED)]
async fn asynchronous(number: &String, note: &i64) {
    let _ = (number, note);
}

fn main() {}
