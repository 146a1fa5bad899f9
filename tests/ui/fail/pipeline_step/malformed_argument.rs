use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step(PRICE_REQUESTED, priority)]
fn first() {}

#[pipeline_step(PRICE_REQUESTED, priority =)]
fn second() {}

#[pipeline_step(PRICE_REQUESTED, priority = "high")]
fn third() {}

#[pipeline_step(PRICE_REQUESTED, priority = 3_000_000_000)]
fn fourth() {}

#[pipeline_step(PRICE_REQUESTED, on_failure)]
fn fifth() {}

#[pipeline_step(PRICE_REQUESTED, on_failure = pass_over)]
fn sixth() {}

#[pipeline_step(PRICE_REQUESTED, crate = "openedx_events")]
fn seventh() {}

#[pipeline_step(PRICE_REQUESTED priority = 1)]
fn eighth() {}

#[pipeline_step(PRICE_REQUESTED, priority(1))]
fn ninth() {}

fn main() {}
