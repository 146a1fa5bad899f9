use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step(
    PRICE_REQUESTED,
    priority = 1,
    priority = 2,
    on_failure = "fail",
    on_failure = "pass_over",
    crate = openedx_events,
    crate = openedx_events
)]
fn sale() {}

fn main() {}
