use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn notify(#[state(pool)] pool: &String) {
    let _ = pool;
}

#[receiver(ORDER_PLACED)]
fn count(#[state = "pool"] pool: &String) {
    let _ = pool;
}

#[receiver(ORDER_PLACED)]
fn audit(#[state] #[state] pool: &String) {
    let _ = pool;
}

fn main() {}
