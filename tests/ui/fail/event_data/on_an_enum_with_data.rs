use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub enum Payment {
    Card(String),
    Cash,
    Voucher { code: String },
}

#[signal("org.example.shop.order.paid.v1")]
pub struct OrderPaid {
    pub payment: Payment,
}

fn main() {}
