use openedx_events::{receiver, signal};

#[signal("org.example.Shop..order-line.placed", keys = number, minor_version = "1", minor_version)]
#[derive(Debug)]
pub struct OrderPlaced<T> {
    pub _number: T,
    pub event: i64,
    #[event_data(default, default, pii = true)]
    pub price: f64,
}

#[receiver(ORDER_PLACED)]
fn audit() {}

fn main() {}
