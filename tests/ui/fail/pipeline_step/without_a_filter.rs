use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step]
fn first() {}

#[pipeline_step()]
fn second() {}

#[pipeline_step(priority = 10)]
fn third() {}

fn main() {}
