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
struct Step;

#[pipeline_step(PRICE_REQUESTED)]
const STEP: i64 = 1;

#[pipeline_step(PRICE_REQUESTED)]
impl PriceRequested {}

fn main() {}
