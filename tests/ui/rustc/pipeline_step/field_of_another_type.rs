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
fn by_reference(cents: &u32) {
    let _ = cents;
}

#[pipeline_step(PRICE_REQUESTED)]
fn by_value(cents: u32) {
    let _ = cents;
}

#[pipeline_step(PRICE_REQUESTED)]
fn changed(cents: &mut u32) {
    *cents = 0;
}

#[pipeline_step(PRICE_REQUESTED)]
fn inside_an_option(note: &mut String) {
    note.clear();
}

#[pipeline_step(PRICE_REQUESTED)]
fn slice(lines: &[i64], currency: &[u8]) {
    let _ = (lines, currency);
}

fn main() {}
