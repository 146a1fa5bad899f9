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
fn text(currency: String) {
    let _ = currency;
}

#[pipeline_step(PRICE_REQUESTED)]
fn list(lines: Vec<String>) {
    let _ = lines;
}

#[pipeline_step(PRICE_REQUESTED)]
fn optional(note: Option<String>) {
    let _ = note;
}

fn main() {}
