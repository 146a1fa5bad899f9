use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

fn register() {
    #[pipeline_step(PRICE_REQUESTED)]
    let _step = |cents: &mut i64| *cents = 0;
}

fn main() {}
