use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

pub struct Invoices;

impl Invoices {
    #[receiver(ORDER_PLACED)]
    pub async fn write(number: i64) -> Result<(), std::io::Error> {
        let _ = number;
        Ok(())
    }

    #[receiver(ORDER_PLACED)]
    fn notify(number: i64) {
        let _ = number;
    }
}

pub trait Notifies {
    #[receiver(ORDER_PLACED)]
    fn notify(number: i64) {
        let _ = number;
    }
}

fn main() {}
