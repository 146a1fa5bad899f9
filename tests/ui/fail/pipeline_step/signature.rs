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
const fn constant() {}

#[pipeline_step(PRICE_REQUESTED)]
unsafe fn not_safe() {}

#[pipeline_step(PRICE_REQUESTED)]
extern "C" fn foreign() {}

#[pipeline_step(PRICE_REQUESTED)]
fn generic<T, const N: usize>(_cents: &T) {}

#[pipeline_step(PRICE_REQUESTED)]
fn bounded<'a>(cents: &'a i64)
where
    'a: 'static,
{
    let _ = cents;
}

fn main() {}
