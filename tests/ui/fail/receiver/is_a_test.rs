use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
#[test]
fn by_std() {}

#[receiver(ORDER_PLACED)]
#[tokio::test]
async fn by_tokio() {}

fn main() {}
