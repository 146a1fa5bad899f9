use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
#[tokio::main(flavor = "current_thread")]
async fn below(number: i64) {
    println!("{number}");
}

#[tokio::main(flavor = "current_thread")]
#[receiver(ORDER_PLACED)]
async fn above(number: i64) -> Result<(), String> {
    println!("{number}");
    Ok(())
}

#[receiver(ORDER_PLACED)]
#[cfg_attr(all(), tokio::main(flavor = "current_thread"))]
async fn under_a_condition() {}

fn main() {}
