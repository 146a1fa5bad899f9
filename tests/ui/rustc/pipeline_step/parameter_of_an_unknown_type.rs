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
fn read(currency: &Strng) {
    let _ = currency;
}

#[pipeline_step(PRICE_REQUESTED)]
fn changed(currency: &mut Strng) {
    let _ = currency;
}

#[pipeline_step(PRICE_REQUESTED)]
fn state(#[state] till: &Till) {
    let _ = till;
}

#[pipeline_step(PRICE_REQUESTED)]
fn options(#[options] sale: &Sale) {
    let _ = sale;
}

#[pipeline_step(PRICE_REQUESTED)]
fn placeholder(currency: &_) {
    let _ = currency;
}

fn main() {}
