use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn notify() -> bool {
    true
}

#[receiver(ORDER_PLACED)]
fn count(number: i64) -> Result<i64, std::fmt::Error> {
    Ok(number)
}

#[receiver(ORDER_PLACED)]
fn log() -> Result<(), i64> {
    Ok(())
}

#[receiver(ORDER_PLACED)]
async fn index() -> Option<()> {
    Some(())
}

#[receiver(ORDER_PLACED)]
async fn audit() -> Result<(), std::rc::Rc<i64>> {
    Ok(())
}

fn main() {}
