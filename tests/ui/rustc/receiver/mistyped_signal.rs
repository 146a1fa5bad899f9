use openedx_events::{Signal, receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACD)]
fn notify(number: i64, _signal: &Signal<OrderPlaced>) {
    let _ = number;
}

#[receiver(ORDER_PLACD)]
async fn index(number: &i64) {
    let _ = number;
}

#[receiver(orders::ORDER_PLACED)]
fn count(number: Option<&i64>) {
    let _ = number;
}

fn main() {}
