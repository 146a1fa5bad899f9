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
#[tokio::main]
async fn below() {}

#[tokio::main(flavor = "current_thread")]
#[pipeline_step(PRICE_REQUESTED)]
async fn above() {}

fn main() {}
