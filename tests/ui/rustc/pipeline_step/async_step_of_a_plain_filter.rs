use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step(PRICE_REQUESTED)]
async fn nothing() {}

#[pipeline_step(PRICE_REQUESTED)]
async fn reads(cents: i64, currency: &str) -> Result<(), std::convert::Infallible> {
    let _ = (cents, currency);
    Ok(())
}

#[pipeline_step(PRICE_REQUESTED)]
async fn changes(cents: &mut i64) {
    *cents = 0;
}

fn main() {}
