use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, ORDER_PLACED, priority = "high", retries = 3)]
const unsafe fn notify<T>(
    (a, b): (i64, i64),
    number: &mut i64,
    #[state] pool: String,
    #[state(x)] cache: &mut String,
) {
    let _ = (a, b, number, pool, cache);
}

fn main() {}
