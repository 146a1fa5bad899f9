use openedx_events::{EventData, receiver, signal};

#[derive(Debug, Clone, Copy, EventData)]
pub struct OrderData {
    pub number: i64,
}

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub order: OrderData,
    pub price: f64,
}

#[receiver(ORDER_PLACED)]
fn destructures(OrderData { number }: &OrderData) {
    let _ = number;
}

#[receiver(ORDER_PLACED)]
fn tuple((whole, part): (i64, i64)) {
    let _ = (whole, part);
}

#[receiver(ORDER_PLACED)]
fn wildcard(_: &OrderData) {}

#[receiver(ORDER_PLACED)]
fn by_ref(ref order: OrderData) {
    let _ = order;
}

#[receiver(ORDER_PLACED)]
fn bound(order @ OrderData { .. }: &OrderData) {
    let _ = order;
}

#[receiver(ORDER_PLACED)]
fn dereferenced(&price: &f64) {
    let _ = price;
}

fn main() {}
