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

#[derive(Debug)]
pub enum OrderHalt {
    PreventOrder,
}

#[filter("org.example.shop.order.started.v1", halts = OrderHalt)]
#[derive(Clone)]
pub struct OrderStarted {
    pub cents: i64,
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_another_filter() -> Result<(), OrderHalt> {
    Err(OrderHalt::PreventOrder)
}

#[pipeline_step(ORDER_STARTED)]
fn plain(cents: i64) -> Result<(), std::num::TryFromIntError> {
    u32::try_from(cents)?;
    Ok(())
}

#[pipeline_step(ORDER_STARTED)]
fn text() -> Result<ControlFlow<()>, String> {
    Ok(ControlFlow::Continue(()))
}

#[pipeline_step(ORDER_STARTED)]
fn step_error_of_another_filter() -> Result<(), StepError<PriceRequested>> {
    Ok(())
}

#[pipeline_step(ORDER_STARTED)]
fn halt_of_another_filter_in_the_body() -> Result<(), StepError<PriceRequested>> {
    Err(StepError::halt(OrderHalt::PreventOrder))
}

#[pipeline_step(ORDER_STARTED)]
fn question_mark_in_a_step_with_halts(cents: i64) -> Result<(), OrderHalt> {
    u32::try_from(cents)?;
    Ok(())
}

fn main() {}
