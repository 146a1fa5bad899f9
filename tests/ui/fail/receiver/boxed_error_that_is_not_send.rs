use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn plain() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

#[receiver(ORDER_PLACED)]
async fn half(number: i64) -> Result<(), Box<dyn std::error::Error + Send>> {
    let _ = number;
    Ok(())
}

fn main() {}
