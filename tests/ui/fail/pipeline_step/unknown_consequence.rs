use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step(PRICE_REQUESTED, on_failure = "ignore")]
fn sale() {}

#[pipeline_step(PRICE_REQUESTED, on_failure = "")]
fn vat() {}

fn main() {}
