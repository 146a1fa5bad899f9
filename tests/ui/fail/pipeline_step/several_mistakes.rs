use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step(PRICE_REQUESTED, prio = 1, on_failure = "ignore")]
const unsafe fn sale<T>(
    currency: &mut str,
    lines: impl AsRef<[String]>,
    #[state] till: String,
    #[options] percent: i64,
    (whole, rest): (i64, T),
) {
    let _ = (currency, lines, till, percent, whole, rest);
}

fn main() {}
