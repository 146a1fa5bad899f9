use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub price: Option<f64>,
}

#[receiver(ORDER_PLACED)]
fn by_reference(numbr: &i64) {
    let _ = numbr;
}

#[receiver(ORDER_PLACED)]
fn by_value(numbr: i64) {
    let _ = numbr;
}

#[receiver(ORDER_PLACED)]
fn optional(prize: Option<&f64>) {
    let _ = prize;
}

#[receiver(ORDER_PLACED)]
async fn asynchronous(_numbr: &i64) {}

fn main() {}
