use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step(PRICE_REQUESTED, prio = 1)]
fn first() {}

#[pipeline_step("org.example.shop.price.requested.v1")]
fn second() {}

#[pipeline_step(&PRICE_REQUESTED)]
fn third() {}

#[pipeline_step(PRICE_REQUESTED())]
fn fourth() {}

#[pipeline_step(filter = PRICE_REQUESTED)]
fn fifth() {}

#[pipeline_step(PRICE_REQUESTED, fail_silently = true)]
fn sixth() {}

fn main() {}
