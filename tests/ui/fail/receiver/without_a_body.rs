use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

trait Notifies {
    #[receiver(ORDER_PLACED)]
    fn notify(number: i64);
}

fn main() {}
