use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn notify(number: impl Into<i64>) {
    let _ = number.into();
}

#[receiver(ORDER_PLACED)]
fn print(number: &impl std::fmt::Display) {
    println!("{number}");
}

#[receiver(ORDER_PLACED)]
fn log(number: Option<&impl std::fmt::Display>) {
    let _ = number;
}

fn main() {}
