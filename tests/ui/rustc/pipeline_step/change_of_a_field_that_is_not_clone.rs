use openedx_events::{filter, pipeline_step};

pub struct Receipt;

#[filter("org.example.shop.price.requested.v1")]
pub struct PriceRequested {
    pub receipt: Receipt,
}

impl Clone for PriceRequested {
    fn clone(&self) -> Self {
        Self { receipt: Receipt }
    }
}

#[pipeline_step(PRICE_REQUESTED)]
fn stamp(receipt: &mut Receipt) {
    *receipt = Receipt;
}

fn main() {}
