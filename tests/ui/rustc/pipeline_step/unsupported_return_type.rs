use std::ops::ControlFlow;

use openedx_events::filters::StepError;
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
fn number(cents: i64) -> i64 {
    cents
}

#[pipeline_step(PRICE_REQUESTED)]
fn truth(cents: i64) -> bool {
    cents > 0
}

#[pipeline_step(PRICE_REQUESTED)]
fn option(cents: i64) -> Option<()> {
    (cents > 0).then_some(())
}

#[pipeline_step(PRICE_REQUESTED)]
fn value(cents: i64) -> Result<i64, StepError<PriceRequested>> {
    Ok(cents)
}

#[pipeline_step(PRICE_REQUESTED)]
fn flow_with_a_value() -> ControlFlow<i64> {
    ControlFlow::Break(1)
}

#[pipeline_step(PRICE_REQUESTED)]
fn future() -> impl Future<Output = ()> {
    std::future::ready(())
}

fn main() {}
