use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

pub struct Shop;

impl Shop {
    #[receiver(ORDER_PLACED)]
    fn notify(&self, number: i64) {
        let _ = number;
    }
}

fn main() {}
