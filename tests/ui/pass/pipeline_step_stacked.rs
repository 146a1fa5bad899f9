#![deny(warnings)]

use openedx_events::pipeline_step as step;
use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
}

#[filter("org.example.shop.fee.requested.v1")]
#[derive(Clone)]
pub struct FeeRequested {
    pub cents: i64,
    /// Of another type than that of the price.
    pub currency: Box<str>,
}

pub struct Till;

#[derive(serde::Deserialize)]
pub struct Sale {
    #[serde(default)]
    pub percent: i64,
}

#[pipeline_step(PRICE_REQUESTED)]
#[pipeline_step(FEE_REQUESTED, priority = 1, on_failure = "pass_over")]
fn sale(cents: &mut i64, #[state] till: &Till, #[options] sale: &Sale) {
    let _ = till;
    *cents -= 1 + sale.percent;
}

#[step(PRICE_REQUESTED)]
#[cfg_attr(all(), pipeline_step(crate::FEE_REQUESTED))]
fn again(#[state] till: &Till, #[allow(unused_variables)] cents: &mut i64) -> std::ops::ControlFlow<()> {
    let _ = till;
    *cents -= 1;
    std::ops::ControlFlow::Continue(())
}

#[cfg_attr(all(), pipeline_step(PRICE_REQUESTED))]
fn under_a_condition(
    #[cfg_attr(all(), state, allow(unused_variables))] till: &Till,
    #[cfg_attr(all(), options, allow(unused_variables))] sale: &Sale,
) {
}

#[cfg_attr(any(), pipeline_step(PRICE_REQUESTED))]
#[allow(dead_code)]
fn under_none(#[cfg_attr(any(), state)] till: &Till, #[cfg_attr(any(), options)] sale: &Sale) {
    let _ = (till, sale.percent);
}

fn main() {
    openedx_events::provide(Till).unwrap();
    openedx_events::check().unwrap();
    let price = PRICE_REQUESTED.run_filter(PriceRequested { cents: 3, currency: String::new() }).unwrap();
    assert_eq!((price.cents, price.currency.len()), (1, 0));
    let fee = FEE_REQUESTED.run_filter(FeeRequested { cents: 3, currency: "".into() }).unwrap();
    assert_eq!((fee.cents, fee.currency.len()), (1, 0));
}
